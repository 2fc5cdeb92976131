import { describe, expect, it } from '@jest/globals';
import { networkFileSystemOf } from '../../src/database/embedded/network-file-system.ts';

const mounts = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /data rw,relatime shared:1 - nfs4 server:/export rw
31 30 254:1 / /data/local rw,relatime - xfs /dev/vdb rw
32 22 0:41 / /mnt/with\\040space rw - fuse.sshfs user@host:/ rw
33 22 0:42 / /share rw - cifs //server/share rw
34 22 0:43 / /host rw - 9p share rw
35 22 0:44 / /fuse rw - fuse.mergerfs pool rw
36 22 0:45 / /twice rw - nfs server:/a rw
37 22 254:2 / /twice rw - ext4 /dev/vdc rw
`;

describe('networkFileSystemOf', () => {
  it.each([
    ['/home/me/data', undefined],
    ['/data', 'nfs4'],
    ['/data/chain', 'nfs4'],
    ['/database', undefined],
    ['/data/local/chain', undefined],
    ['/mnt/with space/x', 'fuse.sshfs'],
    ['/share/x', 'cifs'],
    ['/host/x', '9p'],
    ['/fuse/x', undefined],
    ['/twice/x', undefined],
  ])('of %s is %s', (path, expected) => {
    expect(networkFileSystemOf(path, mounts)).toBe(expected);
  });

  it('is unknown where the system does not tell', () => {
    expect(networkFileSystemOf('/data', '')).toBeUndefined();
  });
});
