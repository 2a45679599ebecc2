package atoll.manager;

import atoll.image.RefusedException;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which files of this host a system from another one may use: what its VMs boot from, folders that
 * they share, code of devices. Its own host is trusted to send VMs, and not to read what is here.
 *
 * @param folders with all that is in them
 */
record LentFiles(List<Path> folders) {
  LentFiles {
    folders = folders.stream().map(LentFiles::real).toList();
  }

  /** Where a name leads; a name that leads nowhere stays as it is. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  /**
   * Refuses a machine that would use others. Its disks are not meant: they come with it, or are
   * looked at by {@link SharedDisks}.
   *
   * @throws RefusedException if it would
   */
  void require(VmDescription vm) {
    List<Path> used = new ArrayList<>();
    collect(vm.guest(), used);
    collect(vm.shares(), used);
    collect(vm.devices(), used);
    collect(vm.files().values(), used);
    collect(vm.fwCfg(), used);
    used.forEach(path -> require(vm.name(), path));
  }

  /**
   * Refuses the use of a file that is not lent.
   *
   * @param user who would use it, for people
   */
  void require(String user, Path path) {
    Path real = real(path);
    if (folders.stream().noneMatch(real::startsWith)) {
      throw new RefusedException(
          "%s would use %s of the host that it comes to, which lends that to nobody; there: atoll receive --files %s"
              .formatted(user, path, Optional.ofNullable(path.getParent()).orElse(path)));
    }
  }

  /** All paths in a value. */
  private static void collect(Object value, List<Path> into) {
    switch (value) {
      case Path path -> into.add(path);
      case Record record -> {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          collect(part(record, component), into);
        }
      }
      case Collection<?> all -> all.forEach(each -> collect(each, into));
      case Map<?, ?> map -> collect(map.values(), into);
      case Optional<?> optional -> optional.ifPresent(each -> collect(each, into));
      default -> {}
    }
  }

  private static Object part(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a description is of public records", e);
    }
  }
}
