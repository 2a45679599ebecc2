package atoll.vmm;

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
import atoll.device.PeripheralHost;
import atoll.device.Plic;
import atoll.device.SifiveGpio;
import atoll.device.SunxiWatchdog;
import atoll.device.Uart16550;
import atoll.pci.Msix;
import atoll.pci.PciFunction;
import atoll.state.Value;
import atoll.virtio.VirtioMmio;
import atoll.virtio.VirtioPci;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The records of a saved state are those of its version, so that no change goes without one. */
class StateShapeTest {
  private static final Path SHAPES = Path.of("src/test/resources/state");

  private final Map<String, String> records = new TreeMap<>();

  private String shape() {
    add(SystemState.class);
    for (Class<?> device :
        new Class<?>[] {
          Aclint.State.class,
          Aplic.State.class,
          ButtonPanel.State.class,
          CfiFlash.State.class,
          Channel.State.class,
          FwCfg.State.class,
          GenerationId.State.class,
          GoldfishRtc.State.class,
          Imsic.State.class,
          Msix.State.class,
          PciFunction.State.class,
          PeripheralHost.State.class,
          Plic.State.class,
          SifiveGpio.State.class,
          SunxiWatchdog.State.class,
          Uart16550.State.class,
          VirtioMmio.State.class,
          VirtioPci.State.class
        }) {
      add(device);
    }
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

  @Test
  void theRecordsOfAStateAreThoseOfItsVersion() throws IOException {
    Path known = SHAPES.resolve(SystemState.FORMAT.version() + ".txt");
    String shape = shape();
    assertThat(known)
        .as("the shape of version %d, to be checked in:%n%s", SystemState.FORMAT.version(), shape)
        .exists();
    assertThat(shape)
        .as("a change needs an upgrade in SystemState.FORMAT, and a file for the new version")
        .isEqualTo(Files.readString(known));
  }
}
