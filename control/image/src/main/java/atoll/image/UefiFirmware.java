package atoll.image;

import java.nio.file.Path;

/**
 * UEFI firmware for a machine's flash.
 *
 * @param version its package and that one's version
 * @param code the first bank's contents
 * @param variables what the second one has at first: no variables
 */
public record UefiFirmware(String version, Path code, Path variables) {}
