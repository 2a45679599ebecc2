package atoll.virtio;

import atoll.device.spi.NetFrame;
import java.util.Arrays;
import java.util.List;

/**
 * Which frames a guest wants to hear (§5.1.6.5.1 to §5.1.6.5.3). A driver that says nothing hears
 * all. Guarded by the session's monitor.
 */
final class NetFilter {
  /** Most addresses of one kind; a longer list makes the filter hear all of that kind. */
  static final int MOST_ADDRESSES = 64;

  // §5.1.6.5.1, in the order of the commands.
  static final int PROMISCUOUS = 0;
  static final int ALL_MULTICAST = 1;
  static final int ALL_UNICAST = 2;
  static final int NO_MULTICAST = 3;
  static final int NO_UNICAST = 4;
  static final int NO_BROADCAST = 5;
  static final int MODES = 6;

  // Beside the modes that a driver sets: a list was too long to be kept.
  private static final int TOO_MANY_UNICAST = MODES;
  private static final int TOO_MANY_MULTICAST = MODES + 1;

  private static final long BROADCAST = 0xffff_ffff_ffffL;
  private static final long GROUP = 1L << 40;
  private static final int ETHERTYPE = 12;
  private static final int VLAN = 0x8100;
  private static final int VLAN_ID = 0xfff;
  private static final int VLAN_WORDS = (VLAN_ID + 1) / Long.SIZE;

  private int modes;
  private long[] unicast;
  private long[] multicast;
  private long[] vlans;

  /**
   * The whole state.
   *
   * @param modes which of the modes are on, a bit each, and what could not be kept
   * @param unicast further addresses of its own
   * @param multicast addresses of groups
   * @param vlans a bit for each VLAN that it hears
   */
  public record State(int modes, List<Long> unicast, List<Long> multicast, List<Long> vlans) {
    public State {
      unicast = List.copyOf(unicast);
      multicast = List.copyOf(multicast);
      vlans = List.copyOf(vlans);
      if (unicast.size() > MOST_ADDRESSES
          || multicast.size() > MOST_ADDRESSES
          || vlans.size() != VLAN_WORDS) {
        throw new IllegalArgumentException(
            "the saved state of a network interface has %d and %d addresses and %d words of VLANs"
                .formatted(unicast.size(), multicast.size(), vlans.size()));
      }
    }
  }

  NetFilter() {
    reset();
  }

  void reset() {
    modes = 1 << PROMISCUOUS;
    unicast = new long[0];
    multicast = new long[0];
    vlans = new long[VLAN_WORDS];
  }

  void mode(int mode, boolean on) {
    modes = on ? modes | 1 << mode : modes & ~(1 << mode);
  }

  private boolean is(int mode) {
    return (modes & 1 << mode) != 0;
  }

  /** Replaces both lists; null is one that is too long to be kept. */
  void addresses(long[] ones, long[] groups) {
    mode(TOO_MANY_UNICAST, ones == null);
    mode(TOO_MANY_MULTICAST, groups == null);
    unicast = ones == null ? new long[0] : ones;
    multicast = groups == null ? new long[0] : groups;
  }

  void vlan(int id, boolean heard) {
    long bit = 1L << id;
    int word = (id & VLAN_ID) / Long.SIZE;
    vlans[word] = heard ? vlans[word] | bit : vlans[word] & ~bit;
  }

  /**
   * Whether a frame is for the guest.
   *
   * @param own its address
   * @param tags whether the driver has said which VLANs it hears
   */
  boolean accepts(NetFrame frame, long own, boolean tags) {
    if (tags && !acceptsTag(frame)) {
      return false;
    }
    if (is(PROMISCUOUS)) {
      return true;
    }
    long to = frame.bytes().getLong(0) >>> Short.SIZE;
    if (to == BROADCAST) {
      return !is(NO_BROADCAST);
    }
    if ((to & GROUP) != 0) {
      boolean all = is(ALL_MULTICAST) || is(TOO_MANY_MULTICAST);
      return !is(NO_MULTICAST) && (all || contains(multicast, to));
    }
    boolean all = is(ALL_UNICAST) || is(TOO_MANY_UNICAST);
    return !is(NO_UNICAST) && (to == own || all || contains(unicast, to));
  }

  private static boolean contains(long[] all, long one) {
    for (long each : all) {
      if (each == one) {
        return true;
      }
    }
    return false;
  }

  private boolean acceptsTag(NetFrame frame) {
    boolean tagged =
        frame.length() >= ETHERTYPE + 4 && (frame.bytes().getShort(ETHERTYPE) & 0xffff) == VLAN;
    int id = tagged ? frame.bytes().getShort(ETHERTYPE + 2) & VLAN_ID : 0;
    return !tagged || (vlans[id / Long.SIZE] & 1L << id) != 0;
  }

  State state() {
    return new State(modes, list(unicast), list(multicast), list(vlans));
  }

  private static List<Long> list(long[] all) {
    return Arrays.stream(all).boxed().toList();
  }

  void restore(State state) {
    modes = state.modes & (1 << TOO_MANY_MULTICAST + 1) - 1;
    unicast = array(state.unicast);
    multicast = array(state.multicast);
    vlans = array(state.vlans);
  }

  private static long[] array(List<Long> all) {
    return all.stream().mapToLong(Long::longValue).toArray();
  }
}
