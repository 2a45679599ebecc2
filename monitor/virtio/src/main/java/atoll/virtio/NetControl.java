package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.state.Unsaved;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The commands of a network device's control queue (§5.1.6.5). */
final class NetControl implements VirtioSession.Server {
  /** Units of budget for a command. */
  private static final int COST = 2_000;

  private static final int RX = 0; // §5.1.6.5.1
  private static final int MAC = 1; // §5.1.6.5.2
  private static final int MAC_TABLE = 0;
  private static final int MAC_ADDRESS = 1;
  private static final int VLAN = 2; // §5.1.6.5.3
  private static final int VLAN_ADD = 0;
  private static final int VLAN_REMOVE = 1;
  private static final int MULTIQUEUE = 4; // §5.1.6.5.5
  private static final int OFFLOADS = 5; // §5.1.6.5.6
  private static final int SET = 0;

  private static final byte OK = 0;
  private static final byte ERROR = 1;
  private static final int MAC_SIZE = 6;
  private static final int MOST_VLANS = 4096;

  /** Bytes that a command can need: its class and name, and two lists of addresses. */
  private static final int MOST = 2 + 2 * (4 + MAC_SIZE * NetFilter.MOST_ADDRESSES);

  private final VirtioNet device;

  @Unsaved("of the command that is being served")
  private final byte[] bytes = new byte[MOST];

  NetControl(VirtioNet device) {
    this.device = device;
  }

  @Override
  public long serve(DescriptorChain chain, ExitBudget budget) {
    budget.spend(COST);
    if (chain.readable() < 2 || chain.writable() < 1) {
      device.session().broken("a command without its name or a place for the answer");
      return 0;
    }
    int length = (int) Math.min(chain.readable(), MOST);
    boolean whole = chain.readable() == length;
    chain.read(bytes, length);
    ByteBuffer command = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN);
    boolean done = perform(command, whole);
    chain.write(new byte[] {done ? OK : ERROR}, 0, 1);
    return 1;
  }

  private boolean perform(ByteBuffer command, boolean whole) {
    int kind = command.get();
    int name = command.get();
    return switch (kind) {
      case RX -> mode(name, command);
      case MAC ->
          name == MAC_TABLE
              ? table(command, whole)
              : name == MAC_ADDRESS && command.remaining() >= MAC_SIZE && device.take(mac(command));
      case VLAN -> vlan(name, command);
      case MULTIQUEUE ->
          name == SET
              && command.remaining() >= Short.BYTES
              && device.activate(command.getShort() & 0xffff);
      case OFFLOADS ->
          name == SET && command.remaining() >= Long.BYTES && device.offload(command.getLong());
      default -> false;
    };
  }

  private boolean mode(int mode, ByteBuffer command) {
    boolean known = mode >= 0 && mode < NetFilter.MODES && command.hasRemaining();
    if (known) {
      device.filter().mode(mode, command.get() != 0);
    }
    return known;
  }

  private boolean vlan(int name, ByteBuffer command) {
    int id = command.remaining() >= Short.BYTES ? command.getShort() & 0xffff : MOST_VLANS;
    boolean known = (name == VLAN_ADD || name == VLAN_REMOVE) && id < MOST_VLANS;
    if (known) {
      device.filter().vlan(id, name == VLAN_ADD);
    }
    return known;
  }

  /** A list that is too long to be kept makes the filter hear all of its kind. */
  private boolean table(ByteBuffer command, boolean whole) {
    if (!whole) {
      device.filter().addresses(null, null);
      return true;
    }
    if (!holdsList(command)) {
      return false;
    }
    long[] unicast = addresses(command);
    if (!holdsList(command)) {
      return false;
    }
    device.filter().addresses(unicast, addresses(command));
    return true;
  }

  /** Whether there are as many addresses as the list says. */
  private static boolean holdsList(ByteBuffer command) {
    int left = command.remaining() - Integer.BYTES;
    return left >= 0 && (command.getInt(command.position()) & 0xffff_ffffL) * MAC_SIZE <= left;
  }

  /** Null if there are more than the filter can keep. */
  private static long[] addresses(ByteBuffer command) {
    long[] addresses = new long[command.getInt()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = mac(command);
    }
    return addresses.length > NetFilter.MOST_ADDRESSES ? null : addresses;
  }

  private static long mac(ByteBuffer command) {
    long address = 0;
    for (int i = 0; i < MAC_SIZE; i++) {
      address = address << 8 | command.get() & 0xff;
    }
    return address;
  }
}
