package atoll.front;

import atoll.disk.DiskFormat;
import atoll.disk.ImageOptions;
import atoll.image.Nearest;
import atoll.image.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.TypeConversionException;

/** Options of a new image as qemu-img has them: {@code -o cluster_size=4k,lazy_refcounts=on}. */
final class DiskOptionList {
  private static final List<String> KEYS =
      List.of(
          "compat",
          "cluster_size",
          "refcount_bits",
          "lazy_refcounts",
          "extended_l2",
          "compression_type",
          "backing_file",
          "backing_fmt",
          "data_file",
          "data_file_raw",
          "preallocation");

  private final Map<String, String> values = new LinkedHashMap<>();

  /** Reads lists; a later value replaces an earlier one. */
  DiskOptionList(List<String> lists) {
    for (String list : lists) {
      for (String option : list.split(",", -1)) {
        add(option);
      }
    }
  }

  private void add(String option) {
    String key = option.replaceFirst("=.*", "");
    if (key.startsWith("encrypt")) {
      throw wrong("%s: Atoll makes no encrypted images".formatted(key));
    }
    if (!KEYS.contains(key)) {
      String hint = Nearest.to(key, KEYS).map(near -> "; did you mean " + near + "?").orElse("");
      throw wrong("there is no option '%s' of an image%s".formatted(key, hint));
    }
    if (!option.contains("=")) {
      throw wrong("'%s' needs a value: %s=...".formatted(option, option));
    }
    values.put(key, option.substring(key.length() + 1));
  }

  private static TypeConversionException wrong(String message) {
    return new TypeConversionException(message);
  }

  /** Sets an option that is not in a list. */
  void put(String key, String value) {
    if (value != null) {
      values.put(key, value);
    }
  }

  /** The options for an image of a format. */
  ImageOptions of(DiskFormat format) {
    if (format == DiskFormat.RAW) {
      values.keySet().stream()
          .filter(key -> !key.equals("preallocation"))
          .findFirst()
          .ifPresent(key -> {
            throw wrong("a raw image has no %s; give -f qcow2".formatted(key));
          });
    }
    try {
      return new ImageOptions(
          format,
          version(),
          Math.toIntExact(size("cluster_size", ImageOptions.CLUSTER_SIZE)),
          Math.toIntExact(size("refcount_bits", 16)),
          flag("lazy_refcounts"),
          flag("extended_l2"),
          oneOf("compression_type", "zlib", "zstd").equals("zstd"),
          Optional.ofNullable(values.get("backing_file")),
          Optional.ofNullable(values.get("backing_fmt")).map(DiskFormatName::read),
          Optional.ofNullable(values.get("data_file")),
          flag("data_file_raw"),
          preallocation());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrong(e.getMessage());
    }
  }

  private int version() {
    return switch (oneOf("compat", "1.1", "v3", "0.10", "v2")) {
      case "0.10", "v2" -> 2;
      default -> 3;
    };
  }

  private long size(String key, long usual) {
    return values.containsKey(key) ? new DiskSize().convert(values.get(key)) : usual;
  }

  private boolean flag(String key) {
    return oneOf(key, "off", "on").equals("on");
  }

  /** The value; the first word if there is none. */
  private String oneOf(String key, String... words) {
    String value = values.getOrDefault(key, words[0]);
    if (!List.of(words).contains(value)) {
      throw wrong("%s is '%s', expected %s".formatted(key, value, String.join(" or ", words)));
    }
    return value;
  }

  private ImageOptions.Preallocation preallocation() {
    Map<String, ImageOptions.Preallocation> known =
        Words.constants(ImageOptions.Preallocation.class);
    String value = oneOf("preallocation", known.keySet().toArray(String[]::new));
    return known.get(value);
  }
}
