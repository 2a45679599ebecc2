package atoll.virtio;

import atoll.device.ExitBudget;
import atoll.device.spi.ConsoleBackend;
import atoll.state.StateShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The console device (§5.3): port 0 and, with VIRTIO_CONSOLE_F_MULTIPORT, further ones by name.
 *
 * <p>A device of one unnamed console does without multiport: every driver can use it, and the
 * console's size is in the configuration space, where all drivers look for it alike.
 *
 * <p>Output is handed to the backend on the notifying vCPU's thread, in pieces, input comes on the
 * backend's.
 */
public final class VirtioConsole extends VirtioDevice {
  private static final int ID = 3; // §5.3.1
  private static final int QUEUE_SIZE = 128;
  private static final int CONFIG_SIZE = 12; // §5.3.4
  private static final int CONFIG_EMERGENCY_WRITE = 8;
  private static final int MAX_PORTS = 31;

  static final int CONTROL_RECEIVE = 2; // §5.3.2
  private static final int CONTROL_TRANSMIT = 3;
  private static final int QUEUES_BY_PORT = 2;

  private static final int FEATURE_SIZE = 0; // §5.3.3
  private static final int FEATURE_MULTIPORT = 1;
  private static final int FEATURE_EMERGENCY_WRITE = 2;

  /** Units of budget for a control message. */
  private static final int CONTROL_COST = 2_000;

  private static final int CONTROL_SIZE = 8; // §5.3.6.2: id, event, value
  private static final int DEVICE_READY = 0;
  private static final int PORT_READY = 3;
  private static final int PORT_OPEN = 6;

  private final List<ConsolePort> ports = new ArrayList<>();
  private final boolean multiport;

  /**
   * What is plugged into the device.
   *
   * @param name what {@code /sys/class/virtio-ports} and {@code /dev/virtio-ports} show; may be
   *     empty
   * @param console whether it is a console ({@code hvc0} and so on) rather than a plain byte
   *     channel
   * @param backend the host's side
   */
  public record Port(String name, boolean console, ConsoleBackend backend) {}

  /**
   * The whole state.
   *
   * @param ports by number
   */
  public record State(List<PortState> ports) implements VirtioDevice.State {
    public State {
      ports = List.copyOf(ports);
    }
  }

  /**
   * The state of one port.
   *
   * @param columns width in characters, 0 if unknown
   * @param rows height in characters, 0 if unknown
   * @param opened whether the guest has it open
   * @param messages bit set of the control messages that the driver has not taken yet
   */
  public record PortState(int columns, int rows, boolean opened, int messages) {}

  /** Makes a device of one console. */
  public VirtioConsole(ConsoleBackend console) {
    this(List.of(new Port("", true, console)));
  }

  /**
   * Makes a device of several ports.
   *
   * @param ports by number, 1 to 31 of them
   */
  public VirtioConsole(List<Port> ports) {
    if (ports.isEmpty() || ports.size() > MAX_PORTS) {
      throw new IllegalArgumentException(
          "a virtio console has 1 to %d ports, not %d".formatted(MAX_PORTS, ports.size()));
    }
    Port first = ports.getFirst();
    multiport = ports.size() > 1 || !first.console || !first.name.isEmpty();
    for (Port port : ports) {
      this.ports.add(new ConsolePort(this, this.ports.size(), port));
    }
  }

  @Override
  int id() {
    return ID;
  }

  @Override
  long features() {
    return 1L << FEATURE_SIZE
        | 1L << FEATURE_EMERGENCY_WRITE
        | (multiport ? 1L << FEATURE_MULTIPORT : 0);
  }

  @Override
  int queues() {
    return QUEUES_BY_PORT * (multiport ? ports.size() + 1 : 1);
  }

  @Override
  int queueSize() {
    return QUEUE_SIZE;
  }

  @Override
  int configSize() {
    return CONFIG_SIZE;
  }

  @Override
  void config(ByteBuffer into) {
    into.putShort((short) ports.getFirst().columns());
    into.putShort((short) ports.getFirst().rows());
    into.putInt(ports.size());
  }

  @Override
  void configWritten(int offset, int size, long value) {
    if (offset == CONFIG_EMERGENCY_WRITE) {
      ports.getFirst().output((byte) value); // Works before any queue does (§5.3.4).
    }
  }

  @Override
  void attached() {
    ports.forEach(ConsolePort::plugIn);
  }

  @Override
  void reset() {
    ports.forEach(ConsolePort::reset);
  }

  @Override
  boolean serve(int index, ExitBudget budget) {
    return switch (index) {
      case CONTROL_RECEIVE -> sendControl(budget);
      case CONTROL_TRANSMIT -> session().serve(index, budget, this::receiveControl);
      default -> {
        ConsolePort port = ports.get(portOf(index));
        yield port.usable() && port.serve(index == port.receiveQueue(), budget);
      }
    };
  }

  private static int portOf(int queue) {
    return queue < CONTROL_RECEIVE ? 0 : queue / QUEUES_BY_PORT - 1;
  }

  /** Whether the control queues and the ports beyond the first are in use. */
  boolean multiportNegotiated() {
    return multiport && session().negotiated(FEATURE_MULTIPORT);
  }

  private long receiveControl(DescriptorChain chain, ExitBudget budget) {
    if (chain.readable() >= CONTROL_SIZE) {
      byte[] message = new byte[CONTROL_SIZE];
      chain.read(message);
      control(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN));
      budget.spend(CONTROL_COST);
      session().mark(CONTROL_RECEIVE);
    }
    return 0;
  }

  /** §5.3.6.2; a message about a port that does not exist, or that says no, changes nothing. */
  private void control(ByteBuffer message) {
    int id = message.getInt();
    int event = message.getShort();
    boolean yes = message.getShort() == 1;
    if (event == DEVICE_READY && yes) {
      ports.forEach(ConsolePort::announce);
    } else if (id >= 0 && id < ports.size()) {
      if (event == PORT_READY && yes) {
        ports.get(id).introduce();
      } else if (event == PORT_OPEN) {
        ports.get(id).opened(yes);
      }
    }
  }

  /** Sends what the ports have to say as far as the driver has buffers for it. */
  private boolean sendControl(ExitBudget budget) {
    if (!multiportNegotiated()) {
      return false;
    }
    SplitQueue queue = session().queue(CONTROL_RECEIVE);
    do {
      queue.quiet();
      ports.forEach(port -> sendControl(port, queue, budget));
      session().returned(queue);
    } while (session().running() && !budget.spent() && queue.listen() && hasMessages());
    return session().running() && budget.spent() && hasMessages();
  }

  private void sendControl(ConsolePort port, SplitQueue queue, ExitBudget budget) {
    while (port.hasMessage() && session().running() && !budget.spent()) {
      DescriptorChain chain = queue.take(budget);
      if (chain == null) {
        return;
      }
      byte[] message = port.nextMessage();
      budget.spend(CONTROL_COST);
      if (chain.writable() < message.length) {
        session().broken("a control buffer of %d bytes".formatted(chain.writable()));
        return;
      }
      chain.write(message, 0, message.length);
      queue.finish(message.length);
    }
  }

  private boolean hasMessages() {
    return ports.stream().anyMatch(ConsolePort::hasMessage);
  }

  /** The size of port 0 changed. */
  void sizeChanged() {
    if (session().negotiated(FEATURE_SIZE)) {
      session().configChanged();
    }
  }

  @Override
  VirtioDevice.State state() {
    return new State(ports.stream().map(ConsolePort::state).toList());
  }

  @Override
  void restore(VirtioDevice.State state) {
    if (!(state instanceof State console)) {
      throw new IllegalArgumentException("the saved state is of another kind of virtio device");
    }
    StateShape.requireCount("console ports", console.ports.size(), ports.size());
    for (int i = 0; i < ports.size(); i++) {
      ports.get(i).restore(console.ports.get(i));
    }
  }
}
