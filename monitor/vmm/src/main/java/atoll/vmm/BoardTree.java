package atoll.vmm;

import atoll.vmm.BoardPlan.Kind;
import atoll.vmm.BoardPlan.Region;
import java.util.stream.IntStream;

/**
 * Describes a board to its operating system: the device tree of exactly what its plan has, in the
 * shape of QEMU's {@code virt}, which operating systems are tested with.
 */
final class BoardTree {
  /** The value for a missing interrupt: the context belongs to nobody. */
  static final int NO_INTERRUPT = -1;

  /** IRQ_TYPE_LEVEL_HIGH of Linux's binding for interrupts. */
  private static final int LEVEL_HIGH = 4;

  /** Ticks of {@code time} in a second. */
  private static final int TIMEBASE_HZ = 10_000_000;

  /** Bytes of a cache block, for Zicbom, Zicbop and Zicboz. */
  private static final int CACHE_BLOCK = 64;

  /** Phandle of hart 0's interrupt controller; the others' follow, then those of the harts. */
  private static final int INTC = 0x10;

  private final BoardDescription board;
  private final FdtNode root = new FdtNode("");
  private final FdtNode chosen;
  private final FdtNode soc = new FdtNode("soc");

  private BoardTree(BoardDescription board) {
    this.board = board;
    root.cells("#address-cells", 2).cells("#size-cells", 2);
    root.strings("compatible", "riscv-virtio").strings("model", "atoll,virt");
    chosen = root.child("chosen");
    soc.cells("#address-cells", 2).cells("#size-cells", 2);
    soc.strings("compatible", "simple-bus").flag("ranges");
  }

  /** The tree of a plan, without {@code /chosen} but its console. */
  static FdtNode of(BoardPlan plan) {
    BoardTree tree = new BoardTree(plan.description());
    tree.describe(plan, true);
    tree.addCpus();
    tree.root.add(tree.soc);
    tree.describe(plan, false);
    if (tree.machineMode()) {
      tree.addCounters();
    }
    return tree.root;
  }

  /** Memory comes before the harts, and everything else behind them. */
  private void describe(BoardPlan plan, boolean memory) {
    plan.fittings().stream()
        .filter(fitting -> fitting.place().kind() == Kind.RAM == memory)
        .forEach(fitting -> fitting.describe(this));
  }

  private void addCpus() {
    FdtNode cpus = root.child("cpus");
    cpus.cells("#address-cells", 1).cells("#size-cells", 0);
    cpus.cells("timebase-frequency", TIMEBASE_HZ);
    FdtNode cluster = new FdtNode("cluster0");
    for (int hart = 0; hart < board.harts(); hart++) {
      addCpu(cpus.child(unit("cpu", hart)), hart);
      cluster.child("core" + hart).cells("cpu", cpu(hart));
    }
    cpus.child("cpu-map").add(cluster);
  }

  private void addCpu(FdtNode cpu, int hart) {
    cpu.strings("device_type", "cpu").cells("reg", hart).strings("status", "okay");
    cpu.strings("compatible", "riscv").cells("phandle", cpu(hart));
    cpu.strings("riscv,isa-base", IsaExtensions.BASE);
    boolean files = aia() == Aia.APLIC_IMSIC;
    cpu.strings("riscv,isa-extensions", IsaExtensions.list(files));
    cpu.strings("riscv,isa", IsaExtensions.string(files));
    cpu.strings("mmu-type", "riscv," + board.paging().id());
    cpu.cells("riscv,cbom-block-size", CACHE_BLOCK);
    cpu.cells("riscv,cbop-block-size", CACHE_BLOCK);
    cpu.cells("riscv,cboz-block-size", CACHE_BLOCK);
    cpu.child("interrupt-controller")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 1)
        .flag("interrupt-controller")
        .strings("compatible", "riscv,cpu-intc")
        .cells("phandle", INTC + hart);
  }

  /** A hart's phandle; up to 16 harts have those that they have always had. */
  private int cpu(int hart) {
    return INTC + Math.max(16, board.harts()) + hart;
  }

  /** Which counters count which SBI event (OpenSBI's pmu_support.md): cycles on 0, instret on 2. */
  private void addCounters() {
    root.child("pmu")
        .strings("compatible", "riscv,pmu")
        .cells("riscv,event-to-mhpmcounters", 1, 1, 1, 2, 2, 4);
  }

  // ------------------------------------------------------------ for fittings

  FdtNode root() {
    return root;
  }

  FdtNode chosen() {
    return chosen;
  }

  FdtNode soc() {
    return soc;
  }

  /** Whether the harts are entered in machine mode. */
  boolean machineMode() {
    return board.machineMode();
  }

  /** {@code interrupts-extended}: for each hart in turn, the given inputs of it. */
  int[] perHart(int... inputs) {
    int[] cells = new int[2 * inputs.length * board.harts()];
    int at = 0;
    for (int hart = 0; hart < board.harts(); hart++) {
      for (int input : inputs) {
        cells[at++] = INTC + hart;
        cells[at++] = input;
      }
    }
    return cells;
  }

  /** A node with registers and their interrupt, if they have one. */
  FdtNode device(String kind, Region place) {
    FdtNode node = registers(kind, place);
    return place.interrupt() == 0 ? node : interrupts(node, place.interrupt());
  }

  /** Says which sources of the board's interrupt controller a node has. */
  FdtNode interrupts(FdtNode node, int... sources) {
    return node.cells("interrupt-parent", PlicFitting.PHANDLE)
        .cells("interrupts", IntStream.of(sources).flatMap(this::specifier).toArray());
  }

  /** A source as the interrupt controller names it: an advanced PLIC wants its sense as well. */
  IntStream specifier(int source) {
    return aia() == Aia.NONE ? IntStream.of(source) : IntStream.of(source, LEVEL_HIGH);
  }

  /** The name of a serial port, from 0. */
  String serial(int number) {
    return board.options().serials().get(number);
  }

  /** The name of a sensor, from 0. */
  String sensor(int number) {
    return board.options().sensors().get(number);
  }

  Aia aia() {
    return board.options().aia();
  }

  /** A node with registers. */
  FdtNode registers(String kind, Region place) {
    return soc.child(unit(kind, place.gpa())).longs("reg", place.gpa(), place.size());
  }

  static String unit(String kind, long base) {
    return kind + "@" + Long.toHexString(base);
  }
}
