// The library's style sheet asks Google for a font, which a measurement does not wait for.
const withoutFonts = {
  name: 'without-fonts',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('/styles.css') ? code.replace(/@import url\("https:[^"]*"\);/, '') : undefined),
};

// The React apps that `cargo xtask bench hooks --peer` and `bench records --peer` weigh and measure.
export default {
  // Relative addresses and no folders: the measurement's server knows the files of one folder only.
  base: './',
  esbuild: { jsx: 'automatic' },
  plugins: [withoutFonts],
  build: { assetsDir: '', emptyOutDir: true, reportCompressedSize: false, chunkSizeWarningLimit: 10_000 },
  logLevel: 'error',
};
