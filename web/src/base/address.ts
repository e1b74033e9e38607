// Where this server's things are, seen from the page's own address: behind a proxy they may all live
// below a path prefix (`/kelas/watch/algebra`), which only the address tells.

function isClassPage(path: string): boolean {
  return /\/(watch|teach)\/[^/]*$/.test(path);
}

// `page`: the page's address; `path`: relative to the server's root, `whep/algebra`.
export function resolve(page: string, path: string): URL {
  const root = new URL(isClassPage(new URL(page).pathname) ? '..' : '.', page);
  return new URL(path, root);
}

export function at(path: string): URL {
  return resolve(location.href, path);
}

// The class of /teach/{class} and /watch/{class}.
export function classInAddress(): string {
  return decodeURIComponent(location.pathname.slice(location.pathname.lastIndexOf('/') + 1));
}
