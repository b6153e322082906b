/** Version of this build, from package.json. */
declare const __BERTH_VERSION__: string;
