export default {
  compress: false,
  distDir: process.env.OUTPUT, // two cannot share one
  rewrites: async () => ({ beforeFiles: [{ source: '/:path*', destination: `${process.env.ORIGIN}/:path*` }] }),
};
