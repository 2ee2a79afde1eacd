namespace Microsoft.ML.Runtime;

/// <summary>What the root environment and its hosts share: children, channels, and where their messages go.</summary>
internal abstract class HostEnvironmentBase : IHostEnvironment
{
    private readonly HostEnvironmentBase _root;
    private readonly string _name;
    private readonly Action<string, ChannelMessage> _log;
    private readonly object _randomLock = new();
    private readonly Random _random;

    /// <summary>The root.</summary>
    protected HostEnvironmentBase(int? seed, Action<string, ChannelMessage> log)
    {
        _root = this;
        _random = seed.HasValue ? new Random(seed.Value) : new Random();
        Seed = seed;
        _log = log;
        ComponentCatalog = new ComponentCatalog();
    }

    /// <summary>A child.</summary>
    protected HostEnvironmentBase(HostEnvironmentBase parent, string name, Random random)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _root = parent._root;
        _name = name;
        _random = random;
        Seed = parent.Seed;
        ComponentCatalog = parent.ComponentCatalog;
    }

    public ComponentCatalog ComponentCatalog { get; }

    public string ContextDescription => "HostEnvironment";

    /// <summary>The seed of the root, if it has one.</summary>
    internal int? Seed { get; }

    private protected Random Random => _random;

    /// <summary>
    /// A child with random numbers of its own: they come from the seed when there is one, else from this environment,
    /// so that a seeded root gives the same numbers to the same components made in the same order.
    /// A host that is not verbose says as much as any other.
    /// </summary>
    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Random random;
        lock (_randomLock)
        {
            random = new Random(seed ?? _random.Next());
        }

        return new Host(this, name, random);
    }

    public IChannel Start(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Channel(this, name);
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (typeof(TMessage) == typeof(ChannelMessage))
        {
            throw new InvalidOperationException($"A pipe of {nameof(ChannelMessage)} is a channel; use {nameof(Start)}");
        }

        return new Pipe<TMessage>(this, name);
    }

    public IProgressChannel StartProgressChannel(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ProgressChannel();
    }

    public TException Process<TException>(TException ex)
        where TException : Exception
    {
        if (ex != null)
        {
            ex.Data["Throwing component"] = "Environment";
        }

        return ex;
    }

    /// <summary>The source of the messages of a channel: the host's own name and the channel's, whatever hosts there are above.</summary>
    internal string SourceOf(string channel) => _name == null ? channel : _name + "; " + channel;

    internal void Dispatch(string source, ChannelMessage message) => _root._log(source, message);
}
