package atoll.net;

/** How a network is connected with the outside. */
public sealed interface UplinkSettings permits UserSettings, TapSettings, FarSettings {}
