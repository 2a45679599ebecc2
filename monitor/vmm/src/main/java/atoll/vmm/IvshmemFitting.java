package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.device.Ivshmem;
import atoll.device.spi.PeerLink;
import atoll.pci.Msix;
import atoll.pci.NoWindow;
import atoll.pci.PciDevice;
import atoll.pci.PciFunction;
import atoll.pci.PciFunction.Identity;
import atoll.state.Unsaved;
import atoll.vmm.BoardDescription.Port;
import atoll.vmm.BoardPlan.Region;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Memory that several machines share, as QEMU's {@code ivshmem} on PCI Express. Software finds it
 * on its bus, and puts the memory where it wants.
 *
 * @param port the channel's end
 * @param channel its number among the machine's channels
 * @param place its configuration space
 * @param number of its device on the bus
 * @param vectors by which a peer can be rung, or 0
 */
record IvshmemFitting(Port port, int channel, Region place, int number, int vectors)
    implements Fitting {
  // As QEMU's docs/specs/ivshmem-spec has them.
  private static final int VENDOR = 0x1af4;
  private static final int DEVICE = 0x1110;
  private static final int SUBSYSTEM = 0x1100;
  private static final int MEMORY = 0x05_00_00;
  private static final int REGISTERS_BAR = 0;
  private static final int MSIX_BAR = 1;
  private static final int MEMORY_BAR = 2;

  @Override
  public void describe(BoardTree tree) {}

  @Override
  public void make(Board board) {
    Made made = new Made();
    String memory = "memory of " + port.name();
    boolean doorbell = vectors > 0;
    // With a doorbell and without messages it is revision 0, which has a pin instead.
    boolean pinned = doorbell && board.messages().isEmpty();
    Identity identity = new Identity(VENDOR, DEVICE, pinned ? 0 : 1, MEMORY, VENDOR, SUBSYSTEM);
    PciFunction function = new PciFunction(number, identity, board.pci(), made);
    Optional<Msix> msix = doorbell ? function.msix(MSIX_BAR, vectors) : Optional.empty();
    InterruptLine line = pinned ? function.interrupt() : high -> {};
    Ivshmem registers =
        new Ivshmem(port.name(), link(board), vectors, msix.map(IvshmemFitting::messages), line);
    made.registers = registers;
    function.bar(REGISTERS_BAR, false, Ivshmem.SIZE, registers);
    MovingWindows.Mover mover =
        board.windows().add(memory, KernelSlots.channel(channel).memory(), port.size());
    function.window(MEMORY_BAR, port.size(), new NoWindow(memory, port.writable()), mover::to);
    function.endpoint();
    board.attach(place, function);
    msix.ifPresent(board::keep);
    board.keep(registers);
    board.count(registers::statistics);
    board.add(plug(registers));
  }

  private Optional<PeerLink> link(Board board) {
    ChannelPort end = board.config().channels().get(channel);
    return vectors == 0
        ? Optional.empty()
        : Optional.of(new PeerDoorbells(board.kernel(), KernelSlots.channel(channel), end));
  }

  /** What is rung while software has not switched messages on is lost, as with QEMU's. */
  private static IntConsumer messages(Msix msix) {
    return vector -> {
      if (msix.enabled()) {
        msix.raise(vector);
      }
    };
  }

  private static Activity plug(Ivshmem registers) {
    return new Activity() {
      @Override
      public void start() {
        registers.plugIn();
      }

      @Override
      public void close() {
        registers.unplug();
      }
    };
  }

  /** What the function resets, once it is made. */
  private static final class Made implements PciDevice {
    @Unsaved("as it was made")
    private Ivshmem registers;

    @Override
    public void reset() {
      registers.reset();
    }
  }
}
