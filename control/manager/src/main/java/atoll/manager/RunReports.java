package atoll.manager;

import atoll.engine.CodeListener;
import atoll.engine.Tracer;
import atoll.vmm.VmStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files that are written about one VM's lives: opened before the first, finished after the
 * last.
 */
final class RunReports {
  private final Optional<InstructionTrace> trace;
  private final Optional<EngineLog> engineLog;
  private final boolean perfMap;
  private final CodeProfile profile = new CodeProfile();

  /**
   * Opens what is wanted.
   *
   * @throws atoll.host.HostException if a file cannot be written
   */
  RunReports(ReportFiles wanted) {
    engineLog = wanted.engineLog().map(EngineLog::open);
    trace = wanted.trace().map(InstructionTrace::open);
    perfMap = wanted.perfMap();
    if (perfMap) {
      PerfMap.open();
    }
  }

  /** To be shown every instruction. */
  Optional<Tracer> tracer() {
    return trace.map(Tracer.class::cast);
  }

  /** To be told of translated code. */
  Optional<CodeListener> listener() {
    return perfMap || engineLog.isPresent() ? Optional.of(profile) : Optional.empty();
  }

  /** Writes what is known at the end; returns what could not be written, a sentence each. */
  List<String> finish(VmStatistics statistics) {
    List<String> losses = new ArrayList<>();
    trace.ifPresent(InstructionTrace::close);
    trace.flatMap(InstructionTrace::loss).ifPresent(losses::add);
    engineLog
        .flatMap(log -> log.write(profile, statistics.instructions(), statistics.translation()))
        .ifPresent(losses::add);
    if (perfMap) {
      PerfMap.write(profile.present()).ifPresent(losses::add);
    }
    return losses;
  }

  /** The machine could not be made. */
  void abandon() {
    trace.ifPresent(InstructionTrace::close);
    engineLog.ifPresent(EngineLog::abandon);
    if (perfMap) {
      PerfMap.abandon();
    }
  }
}
