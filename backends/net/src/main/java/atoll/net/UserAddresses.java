package atoll.net;

/**
 * Who has which address in a user network: the usual ones of QEMU's user mode, so that what people
 * know of it holds here.
 */
record UserAddresses() {
  /** Seconds for which a guest has its address. */
  static final int LEASE = 86_400;

  /** The gateway's hardware address. */
  static final long MAC = 0x5255_0a00_0202L;

  static final int NETWORK_V4 = 10 << 24 | 2 << 8;
  static final int MASK_V4 = 0xffff_ff00;
  static final int BROADCAST_V4 = NETWORK_V4 | ~MASK_V4;
  static final int FIRST_GUEST = 15;
  static final int LAST_GUEST = 254;

  /** fec0::/64, and fe80::/64. */
  static final long PREFIX_V6 = 0xfec0L << 48;

  private static final long LINK_LOCAL = 0xfe80L << 48;
  private static final IpAddress GATEWAY_V4 = IpAddress.v4(NETWORK_V4 | 2);
  private static final IpAddress NAMES_V4 = IpAddress.v4(NETWORK_V4 | 3);
  private static final IpAddress GATEWAY_V6 = new IpAddress(PREFIX_V6, 2);
  private static final IpAddress NAMES_V6 = new IpAddress(PREFIX_V6, 3);
  private static final IpAddress ROUTER_V6 = new IpAddress(LINK_LOCAL, 2);

  /** The host, as guests know it. */
  IpAddress gateway() {
    return GATEWAY_V4;
  }

  IpAddress gateway(boolean v4) {
    return v4 ? GATEWAY_V4 : GATEWAY_V6;
  }

  /** The name server. */
  IpAddress names(boolean v4) {
    return v4 ? NAMES_V4 : NAMES_V6;
  }

  /** The gateway, as the router of its link. */
  IpAddress router() {
    return ROUTER_V6;
  }

  boolean isGateway(long high, long low) {
    return GATEWAY_V4.is(high, low) || GATEWAY_V6.is(high, low) || ROUTER_V6.is(high, low);
  }

  boolean isNames(long high, long low) {
    return NAMES_V4.is(high, low) || NAMES_V6.is(high, low);
  }

  boolean isOurs(long high, long low) {
    return isGateway(high, low) || isNames(high, low);
  }

  /** Whether it is in the network, the gateway's own included. */
  boolean isInside(long high, long low) {
    return IpAddress.isV4(high, low)
        ? ((int) low & MASK_V4) == NETWORK_V4
        : high == PREFIX_V6 || high >>> 54 == LINK_LOCAL >>> 54;
  }

  /** Whether a guest may have it. */
  boolean isGuests(long high, long low) {
    return isInside(high, low)
        && !isOurs(high, low)
        && (!IpAddress.isV4(high, low) || (int) low != NETWORK_V4 && (int) low != BROADCAST_V4);
  }

  /** Whether nothing is sent there from one network to another. */
  static boolean isNowhere(long high, long low) {
    if (IpAddress.isV4(high, low)) {
      int first = (int) low >>> 24;
      return first == 0 || first == 127 || first >= 224;
    }
    boolean special = high == 0 && low >>> 32 == 0; // ::, ::1, and what was IPv4-compatible
    return special || high >>> 56 == 0xff || high >>> 54 == LINK_LOCAL >>> 54;
  }
}
