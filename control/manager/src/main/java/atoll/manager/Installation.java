package atoll.manager;

import atoll.scenario.Engines;
import atoll.scenario.MmuTechniques;
import java.nio.file.Path;
import java.util.List;

/**
 * This installation and its abilities.
 *
 * @param version Atoll's
 * @param host operating system and processor
 * @param processors that the JVM may use
 * @param memory bytes of the host's RAM, 0 if not known
 * @param java the Java runtime's name, version and folder
 * @param engines by name, best first
 * @param engine the one that is chosen by itself
 * @param reason why
 * @param mmuTechniques by name, the fastest first
 * @param mmu the one that is chosen by itself
 * @param mmuReason why
 * @param cache where images are kept
 */
public record Installation(
    String version,
    String host,
    int processors,
    long memory,
    String java,
    List<String> engines,
    String engine,
    String reason,
    List<String> mmuTechniques,
    String mmu,
    String mmuReason,
    Path cache) {
  /** The one that this process is of. */
  static Installation present(Path cache) {
    return new Installation(
        Version.build(),
        "%s %s on %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        Runtime.getRuntime().availableProcessors(),
        HostRam.bytes(),
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vm.name"),
                System.getProperty("java.runtime.version"),
                System.getProperty("java.home")),
        Engines.names(),
        Engines.choose(Engines.AUTO).name(),
        Engines.reason(),
        MmuTechniques.names(),
        MmuTechniques.names().getFirst(),
        MmuTechniques.REASON,
        cache);
  }
}
