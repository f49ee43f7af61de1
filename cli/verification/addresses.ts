/** The kind of an IP address. Tencent Cloud's network can reach only a public one. */
import { BlockList, isIPv4 } from "node:net";

export type AddressKind = "public" | "loopback" | "private";

// https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
const loopback = blockList(["127.0.0.0", 8], ["::1", 128]);
const closed = blockList(
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::", 128],
  ["fc00::", 7],
  ["fe80::", 10],
);

export function addressKind(address: string): AddressKind {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  if (loopback.check(address, family)) return "loopback";
  return closed.check(address, family) ? "private" : "public";
}

function blockList(...subnets: [network: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIPv4(network) ? "ipv4" : "ipv6");
  return list;
}
