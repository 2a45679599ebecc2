package atoll.vmm;

import atoll.device.TestFinisher;
import atoll.engine.Interrupts;
import java.util.List;

/**
 * Describes a board to its operating system: the device tree of exactly what a machine has, in the
 * shape of QEMU's {@code virt}, which operating systems are tested with.
 */
final class BoardTree {
  /** Phandles; hart n's interrupt controller is {@code INTC + n}. */
  private static final int PLIC = 1;

  private static final int FINISHER = 2;
  private static final int GPIO = 3;
  private static final int INTC = 0x10;

  /** The value for a missing interrupt: the context belongs to nobody. */
  private static final int NO_INTERRUPT = -1;

  private final VmConfig config;

  BoardTree(VmConfig config) {
    this.config = config;
  }

  /** The tree without {@code /chosen} but its console. */
  FdtNode root() {
    FdtNode root = new FdtNode("");
    root.cells("#address-cells", 2).cells("#size-cells", 2);
    root.strings("compatible", "riscv-virtio").strings("model", "atoll,virt");
    root.child("chosen").strings("stdout-path", "/soc/" + unit("serial", BoardMap.UART.base));
    addMemory(root);
    addCpus(root);
    addSoc(root);
    addPower(root);
    if (config.machineMode()) {
      addCounters(root);
    }
    return root;
  }

  private void addMemory(FdtNode root) {
    root.child(unit("memory", BoardMap.RAM_BASE))
        .strings("device_type", "memory")
        .longs("reg", BoardMap.RAM_BASE, config.memory());
  }

  private void addCpus(FdtNode root) {
    FdtNode cpus = root.child("cpus");
    cpus.cells("#address-cells", 1).cells("#size-cells", 0);
    cpus.cells("timebase-frequency", BoardMap.TIMEBASE_HZ);
    FdtNode cluster = new FdtNode("cluster0");
    for (int hart = 0; hart < config.cpus(); hart++) {
      addCpu(cpus.child(unit("cpu", hart)), hart);
      cluster.child("core" + hart).cells("cpu", cpu(hart));
    }
    cpus.child("cpu-map").add(cluster);
  }

  private void addCpu(FdtNode cpu, int hart) {
    cpu.strings("device_type", "cpu").cells("reg", hart).strings("status", "okay");
    cpu.strings("compatible", "riscv").cells("phandle", cpu(hart));
    cpu.strings("riscv,isa-base", IsaExtensions.BASE);
    cpu.strings("riscv,isa-extensions", IsaExtensions.list());
    cpu.strings("riscv,isa", IsaExtensions.string());
    cpu.strings("mmu-type", "riscv," + config.paging().id());
    cpu.cells("riscv,cbom-block-size", BoardMap.CACHE_BLOCK);
    cpu.cells("riscv,cbop-block-size", BoardMap.CACHE_BLOCK);
    cpu.cells("riscv,cboz-block-size", BoardMap.CACHE_BLOCK);
    cpu.child("interrupt-controller")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 1)
        .flag("interrupt-controller")
        .strings("compatible", "riscv,cpu-intc")
        .cells("phandle", INTC + hart);
  }

  private void addSoc(FdtNode root) {
    FdtNode soc = root.child("soc");
    soc.cells("#address-cells", 2).cells("#size-cells", 2);
    soc.strings("compatible", "simple-bus").flag("ranges");
    addUart(soc);
    device(soc, "rtc", BoardMap.RTC.base, BoardMap.RTC.size, BoardMap.RTC.interrupt)
        .strings("compatible", "google,goldfish-rtc");
    device(
            soc,
            "watchdog",
            BoardMap.WATCHDOG.base,
            BoardMap.WATCHDOG.size,
            BoardMap.WATCHDOG.interrupt)
        .strings("compatible", "allwinner,sun20i-d1-wdt");
    device(soc, "test", BoardMap.FINISHER.base, BoardMap.FINISHER.size, 0)
        .strings("compatible", "sifive,test1", "sifive,test0", "syscon")
        .cells("phandle", FINISHER);
    for (int slot = 0; slot < config.virtio().devices().size(); slot++) {
      long base = BoardMap.virtioBase(slot);
      device(soc, "virtio_mmio", base, BoardMap.VIRTIO.size, BoardMap.virtioInterrupt(slot))
          .strings("compatible", "virtio,mmio")
          .flag("dma-coherent");
    }
    addChannels(soc);
    addPlic(soc);
    addAclint(soc);
  }

  private static void addUart(FdtNode soc) {
    BoardMap uart = BoardMap.UART;
    device(soc, "serial", uart.base, uart.size, uart.interrupt)
        .strings("compatible", "ns16550a")
        .cells("clock-frequency", 3_686_400);
  }

  /** The endpoints, and the controller to whose pins their interrupts go as well. */
  private void addChannels(FdtNode soc) {
    List<ChannelPort> ports = config.channels();
    if (ports.isEmpty()) {
      return;
    }
    int[] sources = new int[ports.size()];
    for (int n = 0; n < ports.size(); n++) {
      sources[n] = BoardMap.gpioInterrupt(n);
      addChannel(soc, ports, n);
    }
    device(soc, "gpio", BoardMap.GPIO.base, BoardMap.GPIO.size, 0)
        .strings("compatible", "sifive,gpio0")
        .cells("#address-cells", 0)
        .flag("gpio-controller")
        .cells("#gpio-cells", 2)
        .flag("interrupt-controller")
        .cells("#interrupt-cells", 2)
        .cells("interrupt-parent", PLIC)
        .cells("interrupts", sources)
        .cells("phandle", GPIO);
  }

  /** {@code generic-uio} is what Linux's uio_pdrv_genirq is told to look for. */
  private static void addChannel(FdtNode soc, List<ChannelPort> ports, int n) {
    ChannelPort port = ports.get(n);
    long base = BoardMap.channelBase(n);
    long window = BoardChannels.windowBase(ports, n);
    soc.child(unit("channel", base))
        .strings("compatible", "atoll,channel", "generic-uio")
        .longs("reg", base, BoardMap.CHANNEL.size, window, port.memory().size())
        .cells("interrupt-parent", PLIC)
        .cells("interrupts", BoardMap.channelInterrupt(n))
        .cells("doorbell-gpios", GPIO, n, 0)
        .strings("label", port.name());
  }

  /** Contexts are numbered by position, so those of machine mode keep their place when absent. */
  private void addPlic(FdtNode soc) {
    int machine = config.machineMode() ? Interrupts.MEI : NO_INTERRUPT;
    device(soc, "plic", BoardMap.PLIC.base, BoardMap.PLIC.size, 0)
        .strings("compatible", "sifive,plic-1.0.0", "riscv,plic0")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 1)
        .flag("interrupt-controller")
        .cells("interrupts-extended", perHart(machine, Interrupts.SEI))
        .cells("riscv,ndev", BoardMap.PLIC_SOURCES)
        .cells("phandle", PLIC);
  }

  /** Machine-level timer and software interrupts are there for machine mode only. */
  private void addAclint(FdtNode soc) {
    if (config.machineMode()) {
      device(soc, "clint", BoardMap.ACLINT.base, BoardMap.ACLINT.size, 0)
          .strings("compatible", "sifive,clint0", "riscv,clint0")
          .cells("interrupts-extended", perHart(Interrupts.MSI, Interrupts.MTI));
    }
    device(soc, "sswi", BoardMap.SSWI.base, BoardMap.SSWI.size, 0)
        .strings("compatible", "riscv,aclint-sswi")
        .cells("#address-cells", 0)
        .cells("#interrupt-cells", 0)
        .flag("interrupt-controller")
        .cells("interrupts-extended", perHart(Interrupts.SSI));
  }

  /** {@code interrupts-extended}: for each hart in turn, the given inputs of it. */
  private int[] perHart(int... inputs) {
    int[] cells = new int[2 * inputs.length * config.cpus()];
    int at = 0;
    for (int hart = 0; hart < config.cpus(); hart++) {
      for (int input : inputs) {
        cells[at++] = INTC + hart;
        cells[at++] = input;
      }
    }
    return cells;
  }

  private static void addPower(FdtNode root) {
    root.child("poweroff")
        .strings("compatible", "syscon-poweroff")
        .cells("regmap", FINISHER)
        .cells("offset", 0)
        .cells("value", TestFinisher.PASS);
    root.child("reboot")
        .strings("compatible", "syscon-reboot")
        .cells("regmap", FINISHER)
        .cells("offset", 0)
        .cells("value", TestFinisher.RESET);
  }

  /** Which counters count which SBI event (OpenSBI's pmu_support.md): cycles on 0, instret on 2. */
  private static void addCounters(FdtNode root) {
    root.child("pmu")
        .strings("compatible", "riscv,pmu")
        .cells("riscv,event-to-mhpmcounters", 1, 1, 1, 2, 2, 4);
  }

  private static FdtNode device(FdtNode soc, String kind, long base, long size, int interrupt) {
    FdtNode node = soc.child(unit(kind, base)).longs("reg", base, size);
    return interrupt == 0
        ? node
        : node.cells("interrupt-parent", PLIC).cells("interrupts", interrupt);
  }

  /** The phandle of a hart: they are behind their interrupt controllers'. */
  private int cpu(int hart) {
    return INTC + Math.max(16, config.cpus()) + hart;
  }

  private static String unit(String kind, long base) {
    return kind + "@" + Long.toHexString(base);
  }
}
