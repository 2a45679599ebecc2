package atoll.front;

import atoll.console.LogFile;
import atoll.manager.ReportFiles;
import atoll.scenario.VmDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** What is written about the work of a VM. */
final class ReportOptions {
  @Option(
      names = "--trace",
      paramLabel = "FILE[,max=SIZE]",
      converter = LogArgument.Converter.class,
      description =
          "write every instruction with the registers it changed, and every trap by name (slow,"
              + " large); a limit as for --console-log")
  private LogArgument trace;

  @Option(
      names = "--engine-log",
      paramLabel = "FILE",
      converter = OutputName.class,
      description = "at the end, write where the guest's time went: the translator's hottest code")
  private Path engineLog;

  @Option(
      names = "--perf-map",
      description = "at the end, write /tmp/perf-<pid>.map, by which Linux's perf names guest code")
  private boolean perfMap;

  @Option(
      names = "--symbols",
      paramLabel = "FILE",
      description =
          "an ELF file or a System.map with names of places in what the guest runs, for reports of"
              + " failures; may be repeated")
  private List<Path> symbols = List.of();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      converter = OutputName.class,
      description =
          "write what the guest was doing whenever it fails; the last report is shown anyway")
  private Path report;

  /** A description with what it says of reports of failures. */
  VmDescription.Builder of(VmDescription.Builder vm) {
    return vm.symbols(symbols).report(Optional.ofNullable(report));
  }

  ReportFiles files() {
    return new ReportFiles(traced(), Optional.ofNullable(engineLog), perfMap);
  }

  private Optional<LogFile> traced() {
    return Optional.ofNullable(trace).map(given -> given.file(OptionalLong.empty()));
  }

  /** Whether it is about translated code. */
  boolean onTranslations() {
    return engineLog != null || perfMap;
  }

  /** Says which files are written. */
  void claim(OutputClaims claims) {
    traced().ifPresent(log -> claims.writes("--trace", log));
    claims.writes("--engine-log", engineLog);
    claims.writes("--report", report);
    symbols.forEach(file -> claims.reads("--symbols", file));
  }
}
