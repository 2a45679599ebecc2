package atoll.scenario;

import atoll.console.LogFile;
import atoll.engine.Paging;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine as a user describes it.
 *
 * @param memory bytes of RAM
 * @param cpus harts
 * @param engine a name of {@link Engines}, or {@code auto}
 * @param mmu a name of {@link MmuTechniques}, or {@code auto}
 * @param paging the widest scheme of page tables
 * @param onTrapLoop what a hart does whose traps lead nowhere
 * @param disks the first is the first virtio block device
 * @param files added to the initial RAM disk: path in the guest, with a leading slash, and host
 *     file
 * @param restartOnReset whether a guest's reset starts the machine again; otherwise it ends the run
 * @param reports what is written about the run
 */
public record MachineSpec(
    Guest guest,
    long memory,
    int cpus,
    String engine,
    String mmu,
    Paging paging,
    VmConfig.OnTrapLoop onTrapLoop,
    List<DiskSpec> disks,
    Map<String, Path> files,
    boolean restartOnReset,
    Reports reports) {
  /**
   * What is written about a run.
   *
   * @param trace a file that gets every instruction
   * @param engineLog a file that gets where the guest's time went
   * @param perfMap whether {@code perf} is told where translated code is
   */
  public record Reports(Optional<LogFile> trace, Optional<Path> engineLog, boolean perfMap) {
    public Reports {
      Objects.requireNonNull(trace, "trace");
      Objects.requireNonNull(engineLog, "engineLog");
    }
  }

  /** An image file as a disk. */
  public record DiskSpec(Path file, boolean readOnly) {
    /** For who reads a plan. */
    String label() {
      return "disk " + file.getFileName() + (readOnly ? ", read-only" : "");
    }
  }

  public MachineSpec {
    Objects.requireNonNull(guest, "guest");
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(mmu, "mmu");
    Objects.requireNonNull(paging, "paging");
    Objects.requireNonNull(onTrapLoop, "onTrapLoop");
    disks = List.copyOf(disks);
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    Objects.requireNonNull(reports, "reports");
  }
}
