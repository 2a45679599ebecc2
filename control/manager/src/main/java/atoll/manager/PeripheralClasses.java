package atoll.manager;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.peripheral.PeripheralFactory;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipFile;

/**
 * The classes of the devices that one VM has of its user's own. Each jar has a class loader of its
 * own, so that two VMs share nothing but the jar; it is kept until the system is closed.
 */
final class PeripheralClasses implements AutoCloseable {
  private final Map<Path, URLClassLoader> loaders = new LinkedHashMap<>();

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
      throw new RefusedException("%s has no class %s; check both names".formatted(jar, name), e);
    } catch (LinkageError e) {
      throw new RefusedException("class %s of %s cannot be loaded: %s".formatted(name, jar, e), e);
    }
  }

  /** Below Atoll's own, of which a device sees what is exported to everybody. */
  private static URLClassLoader loader(Path jar) {
    try {
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
      throw new RefusedException("class %s of %s cannot be loaded: %s".formatted(name, jar, e), e);
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
