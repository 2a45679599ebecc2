package atoll.vmm;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The extensions that a hart implements, as a device tree declares them (Linux's {@code
 * riscv/extensions.yaml}).
 *
 * <p>{@code svadu} without {@code svade} says that the hardware updates accessed and dirty bits
 * from the start, which is how harts are handed over: {@code menvcfg.ADUE} is set. With {@code
 * svvptc} Linux does not fence what it maps where nothing was: no technique of ours keeps that a
 * page is not there.
 */
final class IsaExtensions {
  static final String BASE = "rv64i";

  private static final List<String> LETTERS = List.of("i", "m", "a", "f", "d", "c", "h");

  private static final List<String> NAMES =
      List.of(
          "zic64b",
          "zicbom",
          "zicbop",
          "zicboz",
          "ziccamoa",
          "ziccif",
          "zicclsm",
          "ziccrse",
          "zicntr",
          "zicond",
          "zicsr",
          "zifencei",
          "zihintntl",
          "zihintpause",
          "zihpm",
          "zimop",
          "za64rs",
          "zaamo",
          "zalrsc",
          "zawrs",
          "zfa",
          "zfhmin",
          "zca",
          "zcb",
          "zcd",
          "zcmop",
          "zba",
          "zbb",
          "zbc",
          "zbkb",
          "zbs",
          "smstateen",
          "ssstateen",
          "sstc",
          "svadu",
          "svinval",
          "svnapot",
          "svpbmt",
          "svvptc");

  private IsaExtensions() {}

  /**
   * Names of more than a letter.
   *
   * @param files whether the harts have interrupt files
   */
  private static Stream<String> names(boolean files) {
    return NAMES.stream()
        .flatMap(name ->
            switch (name) {
              case "smstateen" -> files ? Stream.of("smaia", name) : Stream.of(name);
              case "ssstateen" -> files ? Stream.of("ssaia", name) : Stream.of(name);
              default -> Stream.of(name);
            });
  }

  /** For {@code riscv,isa-extensions}. */
  static String[] list(boolean files) {
    return Stream.concat(LETTERS.stream(), names(files)).toArray(String[]::new);
  }

  /** For {@code riscv,isa}, which older kernels read. */
  static String string(boolean files) {
    return "rv64"
        + String.join("", LETTERS)
        + names(files).map(name -> "_" + name).collect(Collectors.joining());
  }
}
