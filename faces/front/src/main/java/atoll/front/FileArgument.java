package atoll.front;

import atoll.image.GuestPath;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code GUEST=HOST}: a file of the host, and where it is to be in the guest. The host's name
 * may have further equals signs.
 *
 * @param guest an absolute path
 * @param host a file that can be read
 */
record FileArgument(String guest, Path host) {
  /** Host files by their paths in the guest. */
  static Map<String, Path> byGuestPath(List<FileArgument> files) {
    Map<String, Path> all = new LinkedHashMap<>();
    for (FileArgument file : files) {
      if (all.putIfAbsent(file.guest, file.host) != null) {
        throw new IllegalArgumentException(
            "--file %s is given twice; give each path in the guest once".formatted(file.guest));
      }
    }
    GuestPath.fileAndFolder(all.keySet())
        .ifPresent(path -> {
          throw new IllegalArgumentException(
              "--file %s is a file, and the folder of another --file; give one of them another path"
                  .formatted(path));
        });
    return all;
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<FileArgument> {
    @Override
    public FileArgument convert(String value) {
      int equals = value.indexOf('=');
      if (equals < 0) {
        throw new TypeConversionException(
            "'%s' is not of the form GUEST=HOST; give a path in the guest and a file, such as /root/test.sh=test.sh"
                .formatted(value));
      }
      String guest = value.substring(0, equals);
      if (!GuestPath.FORM.matcher(guest).matches()) {
        throw new TypeConversionException(
            "'%s' is not a path in a guest, expected %s, of letters, digits and _ + . -"
                .formatted(guest, GuestPath.EXPECTED));
      }
      return new FileArgument(guest, host(value.substring(equals + 1)));
    }

    private static Path host(String name) {
      try {
        Path file = Path.of(name);
        if (Files.isRegularFile(file) && Files.isReadable(file)) {
          return file;
        }
        throw new TypeConversionException(fault(file, name));
      } catch (InvalidPathException e) {
        throw new TypeConversionException("'%s' is not a file name".formatted(name));
      }
    }

    private static String fault(Path file, String name) {
      if (name.isEmpty()) {
        return "the host's file is missing behind the equals sign";
      }
      if (!Files.exists(file)) {
        return file + " does not exist; check the path";
      }
      if (Files.isDirectory(file)) {
        return file + " is a folder; give each file with a --file of its own, or a disk";
      }
      return Files.isRegularFile(file)
          ? file + " may not be read; check its permissions"
          : file + " is not a regular file; give one that is";
    }
  }
}
