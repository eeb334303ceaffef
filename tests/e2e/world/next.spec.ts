/** Next.js, by its App Router and by its Pages Router: client navigation finds every node that it has rendered. */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { exampleEnv, installConsumer } from '../../../scripts/examples.mjs';
import { expect, receipt, test, ui } from '../site.ts';
import { asked, ran, settled, tells } from '../vendor.ts';

// Packages are installed and a site is built here.
test.setTimeout(300_000);

test('scripts, frames and pictures survive client navigation', async ({ page, server, trackers }) => {
  trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'));
  const cwd = await installConsumer('tests/e2e/world/next');
  const env = exampleEnv({
    NEXT_PUBLIC_TRACKERS: trackers.origin,
    NEXT_PUBLIC_SNIPPET: `${server.origin}/sdk/placet.js?key=pk_demo&widget=43`,
  });
  execFileSync('npm', ['run', 'build'], { cwd, env, stdio: 'pipe' });
  const program = join(cwd, 'node_modules/next/dist/bin/next');
  const next = spawn(process.execPath, [program, 'start', '--hostname', 'localhost', '--port', '0'], { cwd, env });
  try {
    const origin = await new Promise<string>((done, fail) => {
      let said = '';
      next.once('exit', () => fail(Error(`Next has stopped:\n${said}`)));
      for (const stream of [next.stdout, next.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          const found = /http:\/\/localhost:\d+/.exec(said)?.[0];
          if (found) done(found);
        });
      }
    });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    for (const [index, path] of ['/', '/pages-router'].entries()) {
      trackers.clear();
      await page.goto(origin + path);
      if (index === 0) {
        await expect(ui(page).banner).toBeVisible();
        expect(trackers.hits().total).toBe(0);
        await ui(page).acceptAll.click();
        await receipt(page);
      }
      await expect.poll(() => ran(trackers)).toEqual(['one', 'file']);
      await settled(page, trackers);
      expect(ran(trackers)).toEqual(['one', 'file']);
      for (const [name, link] of [
        ['two', 'Two'],
        ['one', 'One'],
        ['two', 'Two'],
      ] as const) {
        trackers.clear();
        await page.getByRole('link', { name: link }).click();
        await expect(page.getByRole('heading', { name: `View ${name}` })).toBeVisible();
        await expect.poll(() => asked(trackers)).toEqual(expect.arrayContaining([`/${name}.gif`, `/${name}.html`]));
        await expect.poll(() => ran(trackers)).toEqual([name, 'file']);
        await settled(page, trackers);
        expect(ran(trackers)).toEqual([name, 'file']);
      }
      await expect(page.locator('#placet')).toHaveCount(1);
    }
    expect(errors).toEqual([]);
  } finally {
    next.kill();
    if (next.exitCode === null) await new Promise((done) => next.once('exit', done));
  }
});
