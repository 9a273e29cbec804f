import { BlockList, isIP } from 'node:net';

/** Where an address lies. What is not known to be public is `inside`. */
export type Whereabouts = 'public' | 'loopback' | 'inside';

/**
 * Where a literal address lies, with or without the brackets of a URL; null for a name, which is judged by what it
 * leads to. IPv4 in an IPv6 address is judged as IPv4 where the system would connect to it as such (mapped), and is
 * inside in every other form. Source: IANA's special-purpose address registries.
 */
export function whereaboutsOf(host: string): Whereabouts | null {
  const address = host.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0) return null;
  // A zone names an interface of this machine.
  if (address.includes('%')) return 'inside';
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (loopback.check(address, type)) return 'loopback';
  if (inside.check(address, type)) return 'inside';
  return family === 4 || reachable.check(address, type) ? 'public' : 'inside';
}

const loopback = listOf('127.0.0.0/8', '::1/128');

/** Beside it the loopback's own. */
const inside = listOf(
  // This network, private use, shared by carriers (CGNAT), link-local with the metadata services.
  ...['0.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  // Protocol assignments, documentation, the relay of 6to4, benchmarks, multicast, reserved, broadcast.
  ...['192.0.0.0/24', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '192.88.99.0/24'],
  ...['198.18.0.0/15', '224.0.0.0/3'],
  // Within global unicast: protocol assignments (Teredo, ORCHID), documentation, 6to4.
  ...['2001::/23', '2001:db8::/32', '3fff::/20', '2002::/16'],
);

/** Global unicast, and IPv4 addresses as IPv6 sockets show them, which the lists above have judged. */
const reachable = listOf('2000::/3', '::ffff:0:0/96');

function listOf(...networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
