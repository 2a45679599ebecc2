package atoll.manager;

import atoll.host.HostException;
import atoll.image.Nearest;
import atoll.image.RefusedException;
import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import atoll.scenario.DeviceSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * The classes of the devices that one VM has of its user's own. Each jar has a class loader of its
 * own, so that two VMs share nothing but the jar; it is kept until the system is closed.
 */
final class PeripheralClasses implements AutoCloseable {
  private static final String CHECK = "check both names";
  private static final String CLASS = ".class";
  private static final int MOST_DEPTH = 32;
  private static final int MOST_NAMES = 10_000;
  private static final String WRONG_NAME = "wrong name:";

  /** Of a class file for Java 1 (JVM Specification §4.1). */
  private static final int FIRST_VERSION = 44;

  private static final Pattern FILE_VERSION = Pattern.compile("class file version (\\d+)");

  private final Map<Path, URLClassLoader> loaders = new LinkedHashMap<>();

  /** What makes a device. */
  PeripheralFactory factory(DeviceSpec.Code code, ProgramDevices functions) {
    return switch (code) {
      case DeviceSpec.Code.InProgram(String function) -> functions.factory(function);
      case DeviceSpec.Code.InJar(Path jar, String name) -> factory(jar, name);
    };
  }

  /**
   * What makes the device of a class. No code of the class is executed yet.
   *
   * @throws RefusedException if there is no such class, or it is none of a device
   */
  PeripheralFactory factory(Path jar, String name) {
    Constructor<?> constructor = constructor(jar, name, find(jar, name));
    return board -> (Peripheral) make(constructor, board);
  }

  private static Object make(Constructor<?> constructor, Board board) throws Exception {
    try {
      return constructor.getParameterCount() == 0
          ? constructor.newInstance()
          : constructor.newInstance(board);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case Exception thrown -> throw thrown;
        case Error thrown -> throw thrown;
        default -> throw e;
      }
    }
  }

  private Class<?> find(Path jar, String name) {
    try {
      return Class.forName(name, false, loaders.computeIfAbsent(jar, PeripheralClasses::loader));
    } catch (ClassNotFoundException e) {
      String hint =
          meant(name, names(jar)).map(near -> "did you mean %s?".formatted(near)).orElse(CHECK);
      throw new RefusedException("%s has no class %s; %s".formatted(jar, name, hint), e);
    } catch (LinkageError e) {
      throw unloadable(jar, name, e);
    }
  }

  /** One that differs in its package only, or by little. */
  private static Optional<String> meant(String name, List<String> there) {
    String simple = name.substring(name.lastIndexOf('.') + 1);
    return there.stream()
        .filter(other -> other.endsWith("." + simple))
        .findFirst()
        .or(() -> Nearest.to(name, there));
  }

  /** The classes of a jar or folder, with their packages; those within others are left out. */
  private static List<String> names(Path jar) {
    try (FileSystem opened = Files.isDirectory(jar) ? null : FileSystems.newFileSystem(jar)) {
      Path root = opened == null ? jar : opened.getPath("/");
      try (Stream<Path> files = Files.walk(root, MOST_DEPTH)) {
        return files
            .map(file -> root.relativize(file).toString())
            .filter(file -> file.endsWith(CLASS) && !file.contains("$"))
            .map(file -> file.substring(0, file.length() - CLASS.length()).replace('/', '.'))
            .limit(MOST_NAMES)
            .toList();
      }
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static RefusedException unloadable(Path jar, String name, LinkageError e) {
    Matcher version = FILE_VERSION.matcher(String.valueOf(e.getMessage()));
    String why =
        switch (e) {
          case UnsupportedClassVersionError _ when version.find() ->
              "is compiled for Java %d, and Atoll runs on Java %d; compile it with --release %2$d"
                  .formatted(
                      Integer.parseInt(version.group(1)) - FIRST_VERSION,
                      Runtime.version().feature());
          case NoClassDefFoundError _ when String.valueOf(e.getMessage()).contains(WRONG_NAME) ->
              "is in a package; give its name with that";
          case NoClassDefFoundError _ ->
              "needs the class %s, which is not there; put it into the jar, or name its jar in the manifest's Class-Path"
                  .formatted(String.valueOf(e.getMessage()).replace('/', '.'));
          default -> "cannot be loaded: " + e;
        };
    return new RefusedException("class %s of %s %s".formatted(name, jar, why), e);
  }

  /** Below Atoll's own, of which a device sees what is exported to everybody. */
  private static URLClassLoader loader(Path jar) {
    try {
      if (!Files.exists(jar)) {
        throw new RefusedException("%s does not exist; check the path".formatted(jar));
      }
      if (Files.isRegularFile(jar)) {
        new ZipFile(jar.toFile()).close(); // a loader would say nothing of a broken file
      }
      URL[] urls = {jar.toUri().toURL()};
      return new URLClassLoader(
          "device " + jar.getFileName(), urls, Peripheral.class.getClassLoader());
    } catch (MalformedURLException e) {
      throw new RefusedException("%s is not a jar: %s".formatted(jar, e.getMessage()), e);
    } catch (IOException e) {
      throw new RefusedException(
          "%s cannot be read as a jar: %s".formatted(jar, HostException.reason(e)), e);
    }
  }

  private static Constructor<?> constructor(Path jar, String name, Class<?> found) {
    if (!Peripheral.class.isAssignableFrom(found)) {
      throw new RefusedException(
          "class %s of %s is no device: it does not implement %s"
              .formatted(name, jar, Peripheral.class.getName()));
    }
    try {
      for (Constructor<?> each : found.getDeclaredConstructors()) {
        if (!Modifier.isAbstract(found.getModifiers()) && takesBoard(each)) {
          each.setAccessible(true);
          return each;
        }
      }
    } catch (LinkageError e) {
      throw unloadable(jar, name, e);
    }
    throw new RefusedException(
        "class %s of %s cannot be made: it needs a constructor with one parameter, %s, or none"
            .formatted(name, jar, Board.class.getName()));
  }

  private static boolean takesBoard(Constructor<?> constructor) {
    Class<?>[] parameters = constructor.getParameterTypes();
    return parameters.length == 0 || parameters.length == 1 && parameters[0] == Board.class;
  }

  @Override
  public void close() {
    for (URLClassLoader loader : loaders.values()) {
      try {
        loader.close();
      } catch (IOException e) {
        // It was only read from.
      }
    }
  }
}
