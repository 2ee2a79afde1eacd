using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Where every ML.NET program starts: the catalogs, the log and the random numbers.</summary>
public sealed class MLContext : IHostEnvironment
{
    private readonly RootEnvironment _env;
    private readonly ConcurrentDictionary<string, object> _options = new(StringComparer.Ordinal);

    public MLContext(int? seed = null)
    {
        _env = new RootEnvironment(seed, OnMessage);
        MulticlassClassification = new MulticlassClassificationCatalog(_env);
        Transforms = new TransformsCatalog(_env);
        Model = new ModelOperationsCatalog(_env);
        Data = new DataOperationsCatalog(_env);
    }

    public event EventHandler<LoggingEventArgs> Log;

    public MulticlassClassificationCatalog MulticlassClassification { get; }

    public TransformsCatalog Transforms { get; }

    public ModelOperationsCatalog Model { get; }

    public DataOperationsCatalog Data { get; }

    public ComponentCatalog ComponentCatalog => _env.ComponentCatalog;

    public string TempFilePath { get; set; } = Path.GetTempPath();

    public bool FallbackToCpu { get; set; } = true;

    public int? GpuDeviceId { get; set; }

    string IExceptionContext.ContextDescription => _env.ContextDescription;

    public bool TryAddOption<T>(string name, T value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _options.TryAdd(name, value);
    }

    public void SetOption<T>(string name, T value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _options[name] = value;
    }

    public bool TryGetOption<T>(string name, out T value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        bool found = _options.TryGetValue(name, out object stored);
        value = found ? (T)stored : default;
        return found;
    }

    /// <summary>The option, which is there with the default of its type from now on if it was not before.</summary>
    public T GetOptionOrDefault<T>(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return (T)_options.GetOrAdd(name, _ => default(T));
    }

    public bool RemoveOption(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _options.TryRemove(name, out _);
    }

    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => _env.Register(name, seed, verbose);

    IChannel IChannelProvider.Start(string name) => _env.Start(name);

    IPipe<TMessage> IChannelProvider.StartPipe<TMessage>(string name) => _env.StartPipe<TMessage>(name);

    IProgressChannel IProgressChannelProvider.StartProgressChannel(string name) => _env.StartProgressChannel(name);

    TException IExceptionContext.Process<TException>(TException ex) => _env.Process(ex);

    private void OnMessage(string source, ChannelMessage message)
        => Log?.Invoke(this, new LoggingEventArgs(message.Message, message.Kind, source));
}
