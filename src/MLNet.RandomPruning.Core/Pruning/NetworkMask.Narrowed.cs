namespace MLNet.RandomPruning.Pruning;

public sealed partial class NetworkMask
{
    private NetworkMask? _narrowed;

    /// <summary>
    /// The same masks on the network as it is when the channels that they cut off are taken out: the one that engines run. A channel
    /// goes when no kept weight of any layer makes it and none of any layer reads it; channels that additions tie together
    /// go together, those of the image and the classes stay. The narrower network has the same name and the same
    /// layers under the same names, with fewer channels, and its masks keep the same weights in the same order. These
    /// very masks where <see cref="RemovesChannels"/> is false or nothing goes. Computed once.
    /// </summary>
    /// <exception cref="InvalidOperationException">A layer would lose all its channels; the message names it.</exception>
    public NetworkMask Narrowed => !RemovesChannels ? this : _narrowed ??= ChannelRemoval.Narrow(this);

    /// <summary>Whether both keep the same weights of networks with the same layers, and take the same channels out.</summary>
    public bool SameAs(NetworkMask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other)
            || (RemovesChannels == other.RemovesChannels && Network.HasSameLayersAs(other.Network) && Layers.Zip(other.Layers).All(pair => pair.First.SameAs(pair.Second)));
    }
}
