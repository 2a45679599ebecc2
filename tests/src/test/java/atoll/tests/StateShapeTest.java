package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.Aclint;
import atoll.device.Aplic;
import atoll.device.ButtonPanel;
import atoll.device.CfiFlash;
import atoll.device.Channel;
import atoll.device.FwCfg;
import atoll.device.GenerationId;
import atoll.device.GoldfishRtc;
import atoll.device.Imsic;
import atoll.device.Ivshmem;
import atoll.device.OpenCoresI2c;
import atoll.device.PeripheralHost;
import atoll.device.Plic;
import atoll.device.SifiveGpio;
import atoll.device.SunxiWatchdog;
import atoll.device.Uart16550;
import atoll.pci.Msix;
import atoll.pci.PciFunction;
import atoll.state.StateFormat;
import atoll.state.Value;
import atoll.virtio.VirtioMmio;
import atoll.virtio.VirtioPci;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The records of what is saved, and of what is said to other hosts, are those of its version, so
 * that no change goes without one.
 */
class StateShapeTest {
  private static final Path SHAPES = Path.of("src/test/resources/state");

  /**
   * A format, in a constant of a class.
   *
   * @param name of the folder with a file for each version
   * @param holder the class
   * @param beside records that are in it as values
   */
  record Format(String name, String holder, List<Class<?>> beside) {
    Field field() throws ReflectiveOperationException {
      Field field = Class.forName(holder).getDeclaredField("FORMAT");
      field.setAccessible(true);
      return field;
    }

    int version() throws ReflectiveOperationException {
      return ((StateFormat<?>) field().get(null)).version();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Format> formats() {
    return List.of(
        new Format("system", "atoll.vmm.SystemState", devices()),
        new Format("saved", "atoll.manager.SavedSystem", List.of()),
        new Format("moved", "atoll.manager.MovedSystem", List.of()),
        new Format("migration", "atoll.migration.Message", List.of()));
  }

  private static List<Class<?>> devices() {
    return List.of(
        Aclint.State.class,
        Aplic.State.class,
        ButtonPanel.State.class,
        CfiFlash.State.class,
        Channel.State.class,
        FwCfg.State.class,
        GenerationId.State.class,
        GoldfishRtc.State.class,
        Imsic.State.class,
        Ivshmem.State.class,
        Msix.State.class,
        OpenCoresI2c.State.class,
        PciFunction.State.class,
        PeripheralHost.State.class,
        Plic.State.class,
        SifiveGpio.State.class,
        SunxiWatchdog.State.class,
        Uart16550.State.class,
        VirtioMmio.State.class,
        VirtioPci.State.class);
  }

  private final Map<String, String> records = new TreeMap<>();

  private String shape(Format format) throws ReflectiveOperationException {
    add(format.field().getGenericType());
    format.beside.forEach(this::add);
    return records.entrySet().stream()
        .map(record -> record.getKey() + record.getValue() + "\n")
        .collect(Collectors.joining());
  }

  private void add(Type type) {
    if (type instanceof ParameterizedType generic) {
      Arrays.stream(generic.getActualTypeArguments()).forEach(this::add);
    } else if (type instanceof Class<?> plain && plain.isSealed() && type != Value.class) {
      Arrays.stream(plain.getPermittedSubclasses()).forEach(this::add);
    } else if (type instanceof Class<?> plain
        && plain.isRecord()
        && records.putIfAbsent(name(plain), "") == null) {
      records.put(
          name(plain),
          Arrays.stream(plain.getRecordComponents())
              .map(StateShapeTest::field)
              .collect(Collectors.joining(", ", "(", ")")));
      Arrays.stream(plain.getRecordComponents()).forEach(c -> add(c.getGenericType()));
    }
  }

  private static String name(Class<?> type) {
    return type.getName().substring("atoll.".length()).replace('$', '.');
  }

  private static String field(RecordComponent c) {
    return c.getGenericType().getTypeName().replaceAll("[a-z]+\\.", "") + " " + c.getName();
  }

  @ParameterizedTest
  @MethodSource("formats")
  void theRecordsAreThoseOfTheirVersion(Format format) throws Exception {
    Path known = SHAPES.resolve(format.name).resolve(format.version() + ".txt");
    String shape = shape(format);
    assertThat(known)
        .as("the shape of version %d, to be checked in:%n%s", format.version(), shape)
        .exists();
    assertThat(shape)
        .as("a change needs an upgrade in FORMAT of %s, and a file", format.holder)
        .isEqualTo(Files.readString(known));
  }
}
