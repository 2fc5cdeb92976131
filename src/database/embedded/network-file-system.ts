import { readFileSync, realpathSync } from 'node:fs';

/** Kinds of mount on which SQLite's shared-memory index and locks are not safe between processes. */
const NETWORK_TYPES =
  /^(nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|ncpfs|beegfs|fuse\.(sshfs|s3fs|gcsfuse|rclone|glusterfs|cephfs|davfs\w*|curlftpfs))$/;

/**
 * Type of the network file system that holds the path, for example `nfs4`; undefined when it is a local one or when the
 * system does not tell (anything but Linux).
 *
 * @param mountInfo Content of `/proc/self/mountinfo` (proc(5)).
 */
export function networkFileSystemOf(path: string, mountInfo: string | undefined = readMountInfo()): string | undefined {
  if (mountInfo === undefined) return undefined;
  let best = { mountPoint: '', type: '' };
  for (const line of mountInfo.split('\n')) {
    // "36 35 98:0 /root /mount/point options [optional fields] - type source options"
    const [before, after] = line.split(' - ');
    const mountPoint = before
      ?.split(' ')[4]
      ?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const type = after?.split(' ')[0];
    if (mountPoint === undefined || type === undefined) continue;
    const inside = path === mountPoint || path.startsWith(mountPoint.endsWith('/') ? mountPoint : `${mountPoint}/`);
    // A later mount on the same point hides the earlier one.
    if (inside && mountPoint.length >= best.mountPoint.length) best = { mountPoint, type };
  }
  return NETWORK_TYPES.test(best.type) ? best.type : undefined;
}

function readMountInfo(): string | undefined {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return undefined; // not Linux, or hidden: it cannot be seen
  }
}

/** As {@link networkFileSystemOf}, for an existing directory that may be reached through links. */
export function networkFileSystemOfDirectory(directory: string): string | undefined {
  return networkFileSystemOf(realpathSync(directory));
}
