package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.pci.OpenBus;
import atoll.pci.PciDevice;
import atoll.pci.PciFunction;
import atoll.pci.PciHost;
import atoll.pci.PciHost.Window;
import atoll.vmm.BoardPlan.Region;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The host bridge of PCI Express: generic, with configuration space in memory (ECAM), and windows
 * behind which functions have their registers.
 *
 * @param place its own function's configuration space, which is that of the bus's first device
 * @param rest configuration space without functions
 * @param io window for I/O ports, of which no function has any
 * @param low window for memory below 4 GiB
 * @param high window for memory above it
 */
record PciHostFitting(Region place, Region rest, Region io, Region low, Region high)
    implements Fitting {
  /** As QEMU's, which operating systems have a name for. */
  private static final PciFunction.Identity IDENTITY =
      new PciFunction.Identity(0x1b36, 0x0008, 0, 0x06_00_00, 0x1af4, 0x1100);

  /** Bytes of the enhanced configuration access mechanism: 256 buses. */
  static final long ECAM_SIZE = 0x1000_0000;

  private static final int BUSES = 256;

  // IEEE 1275 PCI bus binding, phys.hi: what is addressed.
  private static final int SPACE_IO = 0x0100_0000;
  private static final int SPACE_32 = 0x0200_0000;
  private static final int SPACE_64 = 0x0300_0000;
  private static final int DEVICE_SHIFT = 11;

  @Override
  public List<Region> regions() {
    return List.of(place, rest, io, low, high);
  }

  @Override
  public Stage stage() {
    return Stage.BRIDGE;
  }

  @Override
  public void describe(BoardTree tree) {
    FdtNode node = tree.soc().child(BoardTree.unit("pci", place.gpa()));
    node.cells("#address-cells", 3)
        .cells("#size-cells", 2)
        .cells("#interrupt-cells", 1)
        .strings("compatible", "pci-host-ecam-generic")
        .strings("device_type", "pci")
        .cells("linux,pci-domain", 0)
        .cells("bus-range", 0, BUSES - 1)
        .flag("dma-coherent")
        .longs("reg", place.gpa(), ECAM_SIZE)
        .cells("ranges", ranges())
        .cells("interrupt-map", interruptMap(tree))
        .cells("interrupt-map-mask", PciHost.PINS - 1 << DEVICE_SHIFT, 0, 0, 7);
    if (tree.aia() == Aia.APLIC_IMSIC) {
      node.cells("msi-parent", ImsicFitting.PHANDLE);
    }
  }

  private int[] ranges() {
    return IntStream.concat(
            range(SPACE_IO, 0, io),
            IntStream.concat(range(SPACE_32, low.gpa(), low), range(SPACE_64, high.gpa(), high)))
        .toArray();
  }

  private static IntStream range(int space, long address, Region at) {
    return IntStream.concat(
        IntStream.of(space),
        IntStream.of(
            high(address),
            (int) address,
            high(at.gpa()),
            (int) at.gpa(),
            high(at.size()),
            (int) at.size()));
  }

  private static int high(long value) {
    return (int) (value >>> Integer.SIZE);
  }

  /** For each of four neighbours, where its pins go; those behind them are wired like those. */
  private int[] interruptMap(BoardTree tree) {
    IntStream.Builder cells = IntStream.builder();
    for (int device = 0; device < PciHost.PINS; device++) {
      for (int pin = 0; pin < PciHost.PINS; pin++) {
        cells.add(device << DEVICE_SHIFT).add(0).add(0).add(pin + 1);
        cells.add(PlicFitting.PHANDLE);
        tree.specifier(place.interrupt() + PciHost.line(device, pin)).forEach(cells::add);
      }
    }
    return cells.build().toArray();
  }

  @Override
  public void make(Board board) {
    List<InterruptLine> lines =
        IntStream.range(0, PciHost.PINS)
            .mapToObj(line -> board.wire(place.interrupt() + line))
            .toList();
    List<Window> windows =
        List.of(new Window(low.gpa(), low.size()), new Window(high.gpa(), high.size()));
    PciHost host = new PciHost(board.bus(), windows, lines, board.messages());
    board.pci(host);
    board.attach(place, new PciFunction(0, IDENTITY, host, PciDevice.NONE));
    for (Region empty : List.of(rest, io, low, high)) {
      board.bus().attachBehind(empty.gpa(), empty.size(), new OpenBus(empty.name()));
    }
  }
}
