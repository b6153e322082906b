/**
 * What each system must have, and where it comes from. The one place that names system packages.
 *
 * @typedef {"vm" | "window" | "image" | "imageAsUser" | "unpack" | "test"} Purpose image: building the guest image;
 *   imageAsUser: what that takes besides for others than root; unpack: a prebuilt one
 * @typedef {object} SystemPackages
 * @property {string} install how a person installs them
 * @property {boolean} verified whether the set-up was run there
 * @property {Partial<Record<Purpose, readonly (readonly string[])[]>>} packages each with its alternatives
 */

export const minimumQemuMajor = 10;

/** @type {Record<"debian" | "darwin" | "win32", SystemPackages>} */
export const systemPackages = {
  debian: {
    install: "apt-get install",
    verified: true,
    packages: {
      window: [
        // Names changed with Debian 13's 64-bit time; either serves.
        ["libgtk-3-0t64", "libgtk-3-0"],
        ["libasound2t64", "libasound2"],
        ["libnss3"],
        ["libgbm1"],
        ["xdg-utils"],
      ],
      image: [
        ["mmdebstrap"],
        ["erofs-utils"],
        ["zstd"],
        ["cpio"],
        ["kmod"],
        ["xz-utils"],
        ["debian-archive-keyring"],
      ],
      imageAsUser: [["uidmap"]],
      unpack: [["zstd"]],
      test: [["xvfb"], ["xauth"], ["dbus"], ["dbus-x11"], ["docker-registry"], ["apache2-utils"]],
    },
  },
  darwin: {
    install: "brew install",
    verified: false,
    packages: { vm: [["qemu"]] },
  },
  win32: {
    install: "winget install",
    verified: false,
    packages: { vm: [["SoftwareFreedomConservancy.QEMU"]] },
  },
};

/**
 * The QEMU packages of Debian for a processor.
 * @param {string} arch Node's name for it
 */
export function debianQemuPackages(arch) {
  return arch === "arm64"
    ? ["qemu-system-arm", "qemu-efi-aarch64", "qemu-utils"]
    : ["qemu-system-x86", "qemu-utils"];
}

/**
 * The QEMU program for a processor.
 * @param {string} arch Node's name for it
 */
export function qemuProgram(arch) {
  return arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";
}
