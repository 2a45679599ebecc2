package atoll.manager;

import atoll.engine.CodeListener;
import atoll.engine.Tracer;
import atoll.vmm.VmStatistics;
import java.util.Optional;

/** What is written about one machine's run: opened before it starts, finished when it has ended. */
final class RunReports {
  private final Optional<InstructionTrace> trace;
  private final Optional<EngineLog> engineLog;
  private final boolean perfMap;
  private final CodeProfile profile = new CodeProfile();

  /**
   * Opens what is wanted.
   *
   * @throws ManagerException if a file cannot be written
   */
  RunReports(MachineSpec.Reports wanted) {
    engineLog = wanted.engineLog().map(EngineLog::open);
    trace = wanted.trace().map(InstructionTrace::open);
    perfMap = wanted.perfMap();
  }

  /** To be shown every instruction. */
  Optional<Tracer> tracer() {
    return trace.map(Tracer.class::cast);
  }

  /** To be told of translated code. */
  Optional<CodeListener> listener() {
    return perfMap || engineLog.isPresent() ? Optional.of(profile) : Optional.empty();
  }

  /** Writes what is known at the end. */
  void finish(VmStatistics statistics) {
    trace.ifPresent(InstructionTrace::close);
    engineLog.ifPresent(
        log -> log.write(profile, statistics.instructions(), statistics.translation()));
    if (perfMap) {
      PerfMap.write(profile.present());
    }
  }

  /** The machine could not be made. */
  void abandon() {
    trace.ifPresent(InstructionTrace::close);
  }
}
