package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Actions and events hold no reference to anything that runs, so that they can be sent. */
class ActionsAreValuesTest {
  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Integer.class,
          Long.class,
          Path.class,
          InetSocketAddress.class,
          Duration.class,
          OptionalInt.class,
          OptionalLong.class,
          Bytes.class,
          Throwable.class); // A defect of a monitor's, for its report.

  private static final Set<Class<?>> CONTAINERS = Set.of(List.class, Map.class, Optional.class);

  @ParameterizedTest
  @MethodSource("atoll.manager.ActionsPageTest#records")
  void everyPartIsAValue(Class<?> record) {
    requireValue(record.getSimpleName(), record);
  }

  private static void requireValue(String where, Type type) {
    if (type instanceof ParameterizedType container) {
      assertThat(CONTAINERS).as(where).contains((Class<?>) container.getRawType());
      for (Type argument : container.getActualTypeArguments()) {
        requireValue(where, argument);
      }
      return;
    }
    Class<?> kind = (Class<?>) type;
    if (kind.isRecord()) {
      for (RecordComponent part : kind.getRecordComponents()) {
        requireValue(where + "." + part.getName(), part.getGenericType());
      }
    } else if (kind.isSealed()) {
      for (Class<?> permitted : kind.getPermittedSubclasses()) {
        requireValue(where + ":" + permitted.getSimpleName(), permitted);
      }
    } else {
      assertThat(kind.isPrimitive() || kind.isEnum() || VALUES.contains(kind))
          .as("%s is a %s", where, kind)
          .isTrue();
    }
  }

  @Test
  void theyCanBeComparedAndPrinted() {
    VmAction<Integer> typed = new BoardAction.Type("vm", Bytes.of("ls"));
    assertThat(typed)
        .isEqualTo(new BoardAction.Type("vm", Bytes.of("ls")))
        .isNotEqualTo(new BoardAction.Type("vm", Bytes.of("cd")))
        .hasToString("Type[vm=vm, bytes=ls]");
  }
}
