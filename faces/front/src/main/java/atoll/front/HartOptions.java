package atoll.front;

import atoll.engine.Paging;
import atoll.scenario.Engines;
import atoll.scenario.MmuTechniques;
import atoll.scenario.VmDescription;
import atoll.vmm.Aia;
import atoll.vmm.VmConfig;
import picocli.CommandLine.Option;

/** What a VM computes with: harts and memory, and how they are made. */
final class HartOptions {
  private static final String ONE = "1";
  private static final String MEMORY = "512M";
  private static final String PAGING = "sv57";
  private static final String NO_AIA = "none";
  private static final String AT_LOOP = "end";

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = ONE,
      converter = HartCount.class,
      description = "harts, 1 to 32 (default: ${DEFAULT-VALUE})")
  private int cpus;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = MEMORY,
      converter = RamSize.class,
      description = "RAM, such as 512M or 1G (default: ${DEFAULT-VALUE})")
  private long memory;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = Engines.AUTO,
      converter = EngineName.class,
      description = "auto, translator or interpreter (default: ${DEFAULT-VALUE})")
  private String engine;

  @Option(
      names = "--mmu",
      paramLabel = "NAME",
      defaultValue = MmuTechniques.AUTO,
      converter = MmuName.class,
      description =
          "how addresses are translated: auto, folded, vtlb, shadow, nested or direct (default:"
              + " ${DEFAULT-VALUE})")
  private String mmu;

  @Option(
      names = "--paging",
      paramLabel = "NAME",
      defaultValue = PAGING,
      converter = PagingName.class,
      description =
          "the widest page tables that the harts offer: sv39, sv48 or sv57 (default:"
              + " ${DEFAULT-VALUE})")
  private Paging paging;

  @Option(names = "--pci", description = "put all virtio devices on PCI Express")
  private boolean pci;

  @Option(
      names = "--aia",
      paramLabel = "NAME",
      defaultValue = NO_AIA,
      converter = AiaName.class,
      description =
          "advanced interrupt controllers in place of a PLIC: none, aplic or aplic-imsic (default: ${DEFAULT-VALUE})")
  private Aia aia;

  @Option(
      names = "--trap-loop",
      paramLabel = "ACTION",
      defaultValue = AT_LOOP,
      converter = TrapLoopAction.class,
      description =
          "for a hart that takes exceptions for ever without executing anything: end the run with"
              + " exit code 121, or report it and go on (default: ${DEFAULT-VALUE})")
  private VmConfig.OnTrapLoop trapLoop;

  /** Has it read from a line that is plain. */
  void offer(PlainLine line) {
    line.value("--cpus", ONE, new HartCount(), value -> cpus = value);
    line.value("--memory", MEMORY, new RamSize(), value -> memory = value);
    line.value("--engine", Engines.AUTO, new EngineName(), value -> engine = value);
    line.value("--mmu", MmuTechniques.AUTO, new MmuName(), value -> mmu = value);
    line.value("--paging", PAGING, new PagingName(), value -> paging = value);
    line.flag("--pci", () -> pci = true);
    line.value("--aia", NO_AIA, new AiaName(), value -> aia = value);
    line.value("--trap-loop", AT_LOOP, new TrapLoopAction(), value -> trapLoop = value);
  }

  /** A description with all of that. */
  VmDescription.Builder of(VmDescription.Builder vm) {
    return vm.memory(memory)
        .vcpus(cpus)
        .engine(engine)
        .mmu(mmu)
        .paging(paging)
        .pci(pci)
        .aia(aia)
        .onTrapLoop(trapLoop);
  }

  String engine() {
    return engine;
  }
}
