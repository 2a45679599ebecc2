package atoll.manager;

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
    Path cache) {}
