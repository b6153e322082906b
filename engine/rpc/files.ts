import type { UploadItem } from "../contract/index.ts";
import type { UploadRequest } from "../files/index.ts";
import type { Services } from "../services.ts";
import { os, streaming } from "./base.ts";
import { openedFirst } from "./opened-first.ts";

export const files = {
  list: os.files.list.handler(({ context, input }) => context.services.files.list(input.id, input.path)),
  read: os.files.read.handler(({ context, input }) =>
    context.services.files.read(input.id, input.path, input.maxBytes),
  ),
  write: os.files.write.handler(({ context, input }) =>
    context.services.files.write(input.id, input.path, Buffer.from(input.data, "base64"), input.expected),
  ),
  makeFolder: os.files.makeFolder.handler(({ context, input }) =>
    context.services.files.makeFolder(input.id, input.path),
  ),
  remove: os.files.remove.handler(({ context, input }) =>
    context.services.files.remove(input.id, input.paths),
  ),
  download: os.files.download.handler(async (call) => {
    const { files } = call.context.services;
    const { id, path } = call.input;
    const items = await openedFirst(call.signal, (signal) => files.download(id, path, signal));
    return streaming(call, items, { weigh: (item) => (item.kind === "data" ? item.data.length : 1) });
  }),
  upload: os.files.upload.handler((call) =>
    streaming(call, (signal) => upload(call.context.services, call.input, signal)),
  ),
  uploadData: os.files.uploadData.handler(({ context, input }) =>
    context.services.uploads.data(input.session, Buffer.from(input.data, "base64")),
  ),
};

/** An upload is an activity, which ends with the stream of the one who sends it. */
async function* upload(
  services: Services,
  request: UploadRequest,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  const { activities, files, uploads } = services;
  uploads.check(request);
  const [first, ...more] = request.entries;
  const title = more.length === 0 ? `Upload ${first?.path ?? ""}` : `Upload ${request.entries.length} files`;
  const { id, done } = activities.start(
    { kind: "files.upload", title, cancellable: true },
    (report, ending) =>
      uploads.run(
        request,
        (sent, total) => report({ detail: "", progress: total === 0 ? null : sent / total }),
        ending,
      ),
  );
  const cancel = () => activities.cancel(id);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    yield { kind: "ready" };
    await done;
    files.forgetChanges(request.id);
    yield { kind: "done" };
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
