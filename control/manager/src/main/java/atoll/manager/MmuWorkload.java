package atoll.manager;

import atoll.engine.MmuKind;
import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import atoll.image.Words;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Guest;
import atoll.scenario.MmuTechniques;
import atoll.scenario.VmDescription;
import java.util.Optional;

/** Work under which the ways to translate addresses are compared. */
public enum MmuWorkload {
  /** The stock Linux guest boots and switches itself off. */
  BOOT("boot of Linux"),

  /** Address spaces are copied, pages are copied on write, spaces are thrown away. */
  FORK("fork, copy on write"),

  /** Pages are faulted in and unmapped one by one. */
  MMAP("mmap churn"),

  /** Eight address spaces in turn. */
  SWITCH("context switches"),

  /** Words of 96 MiB in 4 KiB pages, in no order. */
  RANDOM("random access, 96 MiB");

  /** Makes the first process the last one. */
  private static final String SWITCH_OFF = "rdinit=/bin/busybox -- poweroff -f";

  private static final long LINUX_MEMORY = 512L << 20;
  private static final long MEMORY = 128L << 20;

  private final String title;

  MmuWorkload(String title) {
    this.title = title;
  }

  /** For a heading. */
  public String title() {
    return title;
  }

  /** Whether there is a guest that does it under a technique of {@link MmuTechniques}. */
  public boolean runsUnder(String technique) {
    return this != BOOT || !technique.equals(MmuKind.DIRECT.id());
  }

  /** A VM that does it on one hart. */
  VmDescription vm(String engine, String mmu) {
    return VmDescription.builder("vm", guest(mmu))
        .memory(this == BOOT ? LINUX_MEMORY : MEMORY)
        .engine(engine)
        .mmu(mmu)
        .console(ConsoleKind.NONE)
        .build();
  }

  private Guest guest(String mmu) {
    if (this != BOOT) {
      boolean registers = mmu.equals(MmuKind.DIRECT.id());
      return new Guest.Program(
          registers ? GuestProgram.DIRECT : GuestProgram.MMU, "workload=" + Words.of(this));
    }
    Guest.Images images =
        new Guest.Images(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), SWITCH_OFF);
    return new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, images);
  }
}
