package atoll.manager;

import atoll.host.Clock;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.kernel.BlockContents;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.migration.MovingSystem.Afterwards;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelState;
import atoll.vmm.FollowedMemory;
import atoll.vmm.SystemState;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Saves a system while it runs. What its memory has is copied first, with the machines running;
 * then they all stand still for a moment, in which the rest is copied and the state is taken; then
 * they go on, and the disks are copied, each write after what it overwrites. Used once.
 */
final class SystemSave {
  /** Copying while machines run is worth while above so many bytes: a millisecond's. */
  private static final long LITTLE = 4 << 20;

  /** How often what was written meanwhile is copied, before the machines stand still. */
  private static final int ROUNDS = 4;

  private final RunningSystem system;
  private final Microkernel platform;
  private final SnapshotDraft draft;
  private final Predicate<Path> passing;
  private final Clock clock;
  private final Progress progress;
  private final List<Life> lives = new ArrayList<>();
  private final List<VmState> states = new ArrayList<>();
  private final List<ChannelState> channels = new ArrayList<>();
  private final List<SavedSystem.Region> regions = new ArrayList<>();
  private SystemState state;
  private SavedSystem saved;
  private BooleanSupplier unwanted = () -> false;

  /** A machine that has a life, and the copy of its memory. */
  private record Life(
      VmSupervisor vm, VirtualMachine machine, FollowedMemory memory, MemoryCopy copy) {}

  /**
   * @param passing which files may be gone when the snapshot is used
   * @param clock the host's
   */
  SystemSave(
      RunningSystem system,
      SnapshotDraft draft,
      Predicate<Path> passing,
      Clock clock,
      Progress progress) {
    this.system = system;
    platform = system.platform();
    this.draft = draft;
    this.passing = passing;
    this.clock = clock;
    this.progress = progress;
  }

  /** Has it given up if that is so once everything stands still. */
  SystemSave unless(BooleanSupplier reason) {
    unwanted = reason;
    return this;
  }

  /**
   * Does it.
   *
   * @return what has been saved
   * @throws RefusedException if it cannot be done now; the system goes on all the same
   */
  SnapshotReport perform() throws InterruptedException {
    try (DiskCopies disks = new DiskCopies(system.bays(), draft, passing)) {
      Duration pause;
      try {
        follow();
        copyAhead();
        pause =
            copyStanding(() -> {
              take(disks::begun);
              return Afterwards.GOES_ON;
            });
      } finally {
        lives.forEach(life -> life.memory.close());
      }
      draft.state(SystemState.FORMAT.encode(state));
      draft.text(SavedSystem.KEY, SavedSystem.FORMAT.encode(saved));
      saved.disks().forEach(this::tellOf);
      copy(disks);
      try (Snapshot snapshot = draft.commit()) {
        return new SnapshotReport(snapshot.name(), snapshot.saved(), snapshot.stored(), pause);
      }
    }
  }

  /**
   * Saves memory and state, and has the machines end as they stand still. All that can fail of that
   * has been done by then; before, they go on if something does. The disks are the caller's affair,
   * and so is the commit.
   *
   * @param disks that are to be known of
   * @return what is to be kept
   * @throws RefusedException if it cannot be done now
   */
  SavedSystem saveForGood(List<SavedSystem.Disk> disks) throws InterruptedException {
    try {
      follow();
      if (lives.isEmpty()) {
        throw new RefusedException("no VM runs");
      }
      copyAhead();
      Duration ignored =
          copyStanding(() -> {
            take(() -> disks);
            draft.state(SystemState.FORMAT.encode(state));
            draft.settle();
            return Afterwards.ENDS;
          });
    } finally {
      lives.forEach(life -> life.memory.close());
    }
    return saved;
  }

  private void follow() {
    for (VmSupervisor vm : system.supervisors()) {
      Optional<VirtualMachine> machine = vm.hasLife() ? vm.machine() : Optional.empty();
      if (machine.isPresent()) {
        FollowedMemory memory = machine.get().follow();
        String region = SavedSystem.Region.ofVm(vm.description().name());
        MemoryCopy copy = copyOf(region, memory.contents());
        lives.add(new Life(vm, machine.get(), memory, copy));
      }
    }
  }

  private MemoryCopy copyOf(String region, BlockContents block) {
    regions.add(new SavedSystem.Region(region, block.policy(), block.places()));
    return new MemoryCopy(block, draft.memory(region, block.size()));
  }

  private void copyAhead() {
    progress.begin("copying the memory", 0);
    try {
      for (Life life : lives) {
        life.copy.all();
        for (int round = 0; round < ROUNDS && life.copy.copied() > LITTLE; round++) {
          life.memory.written(life.copy::range);
        }
      }
    } finally {
      progress.end();
    }
  }

  private Duration copyStanding(VmSupervisor.HeldWork work) throws InterruptedException {
    long before = clock.nanos();
    platform.clock().stop();
    try {
      Afterwards ignored = standing(0, work);
    } finally {
      platform.clock().start();
    }
    return Duration.ofNanos(clock.nanos() - before);
  }

  /** One machine after the other stands still; once all do, the work is done. */
  private Afterwards standing(int life, VmSupervisor.HeldWork work) throws InterruptedException {
    return life == lives.size()
        ? work.run()
        : lives.get(life).vm.whileHeld(lives.get(life).machine, () -> standing(life + 1, work));
  }

  private void take(Supplier<List<SavedSystem.Disk>> disks) {
    requireAll();
    if (unwanted.getAsBoolean()) {
      throw new RefusedException("the system has gone on meanwhile");
    }
    lives.forEach(life -> states.add(life.machine.state()));
    lives.forEach(life -> life.memory.written(life.copy::range));
    for (ChannelPort first : system.channels().first()) {
      SharedMemory memory = first.memory();
      copyOf(SavedSystem.Region.ofChannel(first.name()), memory.contents()).all();
      channels.add(ChannelState.of(first));
    }
    describe(disks.get());
  }

  /** A machine that has begun its life since then would be missing. */
  private void requireAll() {
    long living = system.supervisors().stream().filter(VmSupervisor::hasLife).count();
    if (living != lives.size()) {
      throw new RefusedException(
          "a VM was started or ended while the system was being saved; try again");
    }
  }

  private void describe(List<SavedSystem.Disk> disks) {
    SystemState.Time time =
        new SystemState.Time(platform.clock().nanos(), platform.clock().epochNanos());
    state = new SystemState(time, states, channels);
    saved =
        new SavedSystem(
            system.entered(),
            system.supervisors().stream().map(VmSupervisor::saved).toList(),
            regions,
            disks,
            system.sources());
  }

  /** For who lists snapshots. */
  private void tellOf(SavedSystem.Disk disk) {
    draft.disk(disk.name(), disk.image().toString().getBytes(StandardCharsets.UTF_8));
  }

  private void copy(DiskCopies disks) {
    progress.begin("copying the disks", 0);
    try {
      disks.finish((done, all) -> {});
    } finally {
      progress.end();
    }
  }
}
