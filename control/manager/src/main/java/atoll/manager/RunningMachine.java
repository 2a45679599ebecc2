package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.kernel.Microkernel;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A machine with the board, the disks and the files that it holds. Thread-safe. */
public final class RunningMachine implements AutoCloseable {
  private final Microkernel board;
  private final VirtualMachine vm;
  private final List<BlockBackend> disks;
  private final RunReports reports;
  private volatile List<String> losses = List.of();

  RunningMachine(
      Microkernel board, VirtualMachine vm, List<BlockBackend> disks, RunReports reports) {
    this.board = board;
    this.vm = vm;
    this.disks = disks;
    this.reports = reports;
  }

  /** Lets it run; once. If it has been stopped, it ends at once. */
  public void start() {
    vm.start();
  }

  /** Ends the run; returns at once. */
  public void stop() {
    vm.stop();
  }

  /** How the run ended, or empty if it goes on after {@code limit}. */
  public Optional<Outcome> awaitEnd(Duration limit) throws InterruptedException {
    return vm.awaitEnd(limit);
  }

  /** What it has done so far. */
  public VmStatistics statistics() {
    return vm.statistics();
  }

  /** Stops it if it runs, writes everything out and gives everything back. */
  @Override
  public void close() {
    vm.close();
    board.close();
    close(disks);
    losses = reports.finish(vm.statistics());
  }

  /** What could not be written about the run, a sentence each; known once it is closed. */
  public List<String> losses() {
    return losses;
  }

  static void close(List<BlockBackend> disks) {
    for (BlockBackend disk : disks) {
      try {
        disk.close();
      } catch (IOException e) {
        throw new RefusedException(
            "what was last written to a disk may be lost (%s); check the host's disk"
                .formatted(HostException.reason(e)),
            e);
      }
    }
  }
}
