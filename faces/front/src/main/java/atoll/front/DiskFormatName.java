package atoll.front;

import atoll.disk.DiskFormat;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a disk image's format. */
final class DiskFormatName implements ITypeConverter<DiskFormat>, Worded {
  private static final List<String> OTHERS =
      List.of("vmdk", "vpc", "vhdx", "vdi", "qed", "parallels", "qcow", "dmg");

  @Override
  public List<String> words() {
    return Arrays.stream(DiskFormat.values()).map(DiskFormat::word).toList();
  }

  @Override
  public DiskFormat convert(String value) {
    return read(value);
  }

  static DiskFormat read(String word) {
    return DiskFormat.of(word)
        .orElseThrow(() ->
            new TypeConversionException(
                "'%s' is not a format of disks; give raw or qcow2%s"
                    .formatted(
                        word,
                        OTHERS.contains(word)
                            ? ", and convert it: qemu-img convert -f %s -O qcow2 FROM TO"
                                .formatted(word)
                            : "")));
  }
}
