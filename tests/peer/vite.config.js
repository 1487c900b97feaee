// The React apps that `cargo xtask bench hooks --peer` weighs and measures.
export default {
  // Relative addresses and no folders: the measurement's server knows the files of one folder only.
  base: './',
  esbuild: { jsx: 'automatic' },
  build: { assetsDir: '', emptyOutDir: true, reportCompressedSize: false, chunkSizeWarningLimit: 10_000 },
  logLevel: 'error',
};
