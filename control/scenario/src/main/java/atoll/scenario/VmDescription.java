package atoll.scenario;

import atoll.console.LogFile;
import atoll.engine.Paging;
import atoll.image.RefusedException;
import atoll.scenario.MachineSpec.DiskSpec;
import atoll.vmm.BoardDescription;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One virtual machine of a scenario.
 *
 * @param name unique; prefixes its output
 * @param guest what it runs, with its command line
 * @param memory bytes of RAM, a multiple of 4096
 * @param memoryPolicy how it gets them
 * @param vcpus harts
 * @param affinity for each vCPU the number of the physical CPU that executes it
 * @param schedule each vCPU's claim to that CPU's time
 * @param disks the first is the first virtio block device
 * @param files added to the initial RAM disk: path in the guest, with a leading slash, and host
 *     file
 * @param watchdog the longest time between two signs of life, if it is watched
 * @param service whether it serves others, and so ranks before them
 * @param autostart whether it starts with the system
 * @param engine a name of {@link Engines}, or {@code auto}
 * @param mmu a name of {@link MmuTechniques}, or {@code auto}
 * @param paging the widest scheme of page tables
 * @param onTrapLoop what a hart does whose traps lead nowhere
 * @param front whether its console is the one in front at first
 * @param consoleLog gets a copy of what it prints
 */
public record VmDescription(
    String name,
    Guest guest,
    long memory,
    MemoryPolicy memoryPolicy,
    int vcpus,
    List<Integer> affinity,
    Schedule schedule,
    List<DiskSpec> disks,
    ConsoleKind console,
    Map<String, Path> files,
    RestartPolicy restart,
    Optional<Duration> watchdog,
    boolean service,
    boolean autostart,
    String engine,
    String mmu,
    Paging paging,
    VmConfig.OnTrapLoop onTrapLoop,
    boolean front,
    Optional<LogFile> consoleLog) {
  /** What a name looks like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  public VmDescription {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' is not a VM name; give up to 31 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
    Objects.requireNonNull(guest, "guest");
    MachineDescription.requirePages(memory);
    Objects.requireNonNull(memoryPolicy, "memoryPolicy");
    affinity = List.copyOf(affinity);
    if (vcpus < 1 || affinity.size() != vcpus) {
      throw new RefusedException(
          "%s has %d vCPUs and %d places for them; give each a physical CPU"
              .formatted(name, vcpus, affinity.size()));
    }
    Objects.requireNonNull(schedule, "schedule");
    disks = List.copyOf(disks);
    Objects.requireNonNull(console, "console");
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    Objects.requireNonNull(restart, "restart");
    Objects.requireNonNull(watchdog, "watchdog");
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(mmu, "mmu");
    Objects.requireNonNull(paging, "paging");
    Objects.requireNonNull(onTrapLoop, "onTrapLoop");
    Objects.requireNonNull(consoleLog, "consoleLog");
  }

  /**
   * What is to be on its board.
   *
   * @param channels its ends of channels
   */
  BoardDescription board(List<BoardDescription.Port> channels) {
    return new BoardDescription(
        vcpus,
        paging,
        guest.machineMode(),
        memory,
        disks.stream().map(DiskSpec::label).toList(),
        console == ConsoleKind.VIRTIO,
        memoryPolicy == MemoryPolicy.PAGED,
        channels);
  }

  /** The same on other physical CPUs, one for each vCPU. */
  VmDescription onCpus(List<Integer> cpus) {
    return new VmDescription(
        name,
        guest,
        memory,
        memoryPolicy,
        vcpus,
        cpus,
        schedule,
        disks,
        console,
        files,
        restart,
        watchdog,
        service,
        autostart,
        engine,
        mmu,
        paging,
        onTrapLoop,
        front,
        consoleLog);
  }
}
