namespace Microsoft.ML.Runtime;

/// <summary>A pipe that nobody listens to: only channels reach <see cref="MLContext.Log"/>.</summary>
internal sealed class Pipe<TMessage> : IPipe<TMessage>
{
    private readonly HostEnvironmentBase _host;

    public Pipe(HostEnvironmentBase host, string name)
    {
        _host = host;
        ContextDescription = host.SourceOf(name);
    }

    public string ContextDescription { get; }

    public TException Process<TException>(TException ex)
        where TException : Exception
        => _host.Process(ex);

    public void Send(TMessage msg)
    {
    }

    public void Dispose()
    {
    }
}
