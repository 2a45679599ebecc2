package atoll.net;

import atoll.line.FarAddress;
import atoll.line.FarSecurity;
import java.util.Objects;

/**
 * A network that goes on at another host: frames go there and come from there by one connection.
 *
 * @param address where the far side is
 * @param security how the connection is made safe
 */
public record FarSettings(FarAddress address, FarSecurity security) implements UplinkSettings {
  public FarSettings {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(security, "security");
  }
}
