import { context } from 'esbuild';

const bundle = await context({
  entryPoints: ['app.js', 'index.html'],
  loader: { '.html': 'copy' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  logLevel: 'info',
});
if (process.argv.includes('--serve')) {
  await bundle.watch();
  await bundle.serve({ servedir: 'dist', host: 'localhost' });
} else {
  await bundle.rebuild();
  await bundle.dispose();
}
