package atoll.manager;

import atoll.console.OutputFile;
import atoll.engine.TranslatedCode;
import atoll.host.HostException;
import atoll.image.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Tells Linux's {@code perf} what is where in this process: the file {@code /tmp/perf-<pid>.map},
 * with a line "start size name", in hexadecimal, for each piece of code that was made at run time.
 *
 * <p>The JVM's own compiled methods come first: {@code perf} looks at one file only.
 */
final class PerfMap {
  /** Where {@code perf} looks, whatever {@code java.io.tmpdir} is. */
  private static final Path FOLDER = Path.of("/tmp");

  private PerfMap() {}

  /** The file of this process. */
  static Path file() {
    return FOLDER.resolve("perf-" + ProcessHandle.current().pid() + ".map");
  }

  /**
   * Creates or empties the file.
   *
   * @throws atoll.host.HostException if it cannot be written
   */
  static void open() {
    try (OutputStream empty = OutputFile.open(file(), "perf's map")) {
      empty.flush();
    } catch (IOException e) {
      throw new RefusedException("perf's map cannot be closed: " + HostException.reason(e), e);
    }
  }

  /** Removes the file again: there is nothing to write. */
  static void abandon() {
    try {
      Files.deleteIfExists(file());
    } catch (IOException e) {
      // It is empty and harms nobody.
    }
  }

  /** Writes the JVM's methods, then guests' code; returns what could not be done, in a sentence. */
  static Optional<String> write(List<TranslatedCode> codes) {
    Path file = file();
    try {
      writeMethods(file);
      Files.write(
          file,
          codes.stream().map(PerfMap::line).toList(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("perf's map %s is lost: %s".formatted(file, HostException.reason(e)));
    } catch (JMException e) {
      return Optional.of("perf's map %s is lost: %s".formatted(file, e.getMessage()));
    }
  }

  static String line(TranslatedCode code) {
    return code.kind() == TranslatedCode.Kind.TRAMPOLINES
        ? "%x %x guest:trampolines".formatted(code.address(), code.bytes())
        : "%x %x guest:%s:0x%x"
            .formatted(
                code.address(),
                code.bytes(),
                code.kind().name().toLowerCase(Locale.ROOT),
                code.va());
  }

  /** As {@code jcmd <pid> Compiler.perfmap}. */
  private static void writeMethods(Path file) throws JMException {
    Object ignored =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "compilerPerfmap",
                new Object[] {new String[] {file.toString()}},
                new String[] {String[].class.getName()});
  }
}
