package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.host.Effects;
import atoll.host.Timers;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.kernel.BoardStatistics;
import atoll.kernel.Microkernel;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.VirtualMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The virtual machines of a scenario on their board, with the disks that they hold. Operated by
 * {@link VmAction}s. Thread-safe.
 */
public final class RunningSystem implements AutoCloseable {
  private final Scenario scenario;
  private final Microkernel board;
  private final List<BlockBackend> disks;
  private final Timers timers;
  private final Map<String, VmSupervisor> vms = new LinkedHashMap<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile boolean stopping;
  private volatile long started;

  /**
   * @param makers makes the machine for a run, by name
   * @param disks closed at the end
   */
  RunningSystem(
      Scenario scenario,
      Microkernel board,
      Map<String, Supplier<VirtualMachine>> makers,
      List<BlockBackend> disks,
      SystemListener listener,
      Effects effects) {
    this.scenario = scenario;
    this.board = board;
    this.disks = List.copyOf(disks);
    started = board.clock().nanos();
    timers = effects.timers().apply(board.clock());
    for (VmDescription vm : scenario.vms()) {
      vms.put(
          vm.name(),
          new VmSupervisor(
              vm, makers.get(vm.name()), listener, this::changed, board, timers, effects.tasks()));
    }
  }

  /** What it was made from. */
  public Scenario scenario() {
    return scenario;
  }

  /**
   * Makes the machines that start by themselves, services first, as their clients look for them.
   */
  void prepare() {
    starters().forEach(VmSupervisor::prepare);
  }

  private List<VmSupervisor> starters() {
    List<VmSupervisor> services = new ArrayList<>();
    List<VmSupervisor> clients = new ArrayList<>();
    for (VmSupervisor vm : vms.values()) {
      if (vm.description().autostart()) {
        (vm.description().service() ? services : clients).add(vm);
      }
    }
    services.addAll(clients);
    return services;
  }

  /** Lets the machines run that start by themselves; once. After a {@link #stop} none does. */
  public void start() {
    started = board.clock().nanos();
    starters().forEach(VmSupervisor::startFirst);
  }

  /** Ends all machines; returns at once. */
  public void stop() {
    stopping = true;
    vms.values().forEach(VmSupervisor::close);
    changed();
  }

  /**
   * Waits until every machine that has run has ended by itself, or all have been stopped.
   *
   * @return false if that is not so after {@code limit}
   */
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    try {
      over.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a system does not complete with an error", e);
    }
  }

  /** An operator may start a machine again that he has stopped, so the system waits for that. */
  private void changed() {
    List<VmStatus> all = vms.values().stream().map(VmSupervisor::status).toList();
    boolean ended = all.contains(VmStatus.ENDED) && !all.contains(VmStatus.STOPPED);
    if ((stopping || ended) && all.stream().noneMatch(VmStatus::alive)) {
      over.complete(null);
    }
  }

  /**
   * A machine by name.
   *
   * @throws RefusedException if there is none of that name
   */
  VmSupervisor vm(String name) {
    VmSupervisor found = vms.get(name);
    if (found == null) {
      throw new RefusedException(
          "there is no VM '%s' in %s%s"
              .formatted(
                  name,
                  scenario.name(),
                  Nearest.to(name, vms.keySet())
                      .map(near -> "; did you mean " + near + "?")
                      .orElse(": it has " + String.join(", ", vms.keySet()))));
    }
    return found;
  }

  /** What it is doing at this moment. */
  SystemStatistics statistics() {
    BoardStatistics now = board.statistics();
    return new SystemStatistics(
        Duration.ofNanos(now.time() - started),
        now,
        vms.values().stream().map(VmSupervisor::snapshot).toList());
  }

  /** Ends all machines, waits for that, and gives everything back. */
  @Override
  public void close() {
    stop();
    try {
      over.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a system does not complete with an error", e);
    }
    timers.close();
    board.close();
    RunningMachine.close(disks);
  }
}
