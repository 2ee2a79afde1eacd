using System.Globalization;

namespace Microsoft.ML.Runtime;

/// <summary>A message to people, put together only when it is read.</summary>
public readonly struct ChannelMessage
{
    private readonly string _format;
    private readonly object[] _arguments;

    public readonly ChannelMessageKind Kind;

    public readonly MessageSensitivity Sensitivity;

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
        : this(kind, sensitivity, message, null)
    {
    }

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string format, object[] arguments)
    {
        if (string.IsNullOrEmpty(format))
        {
            throw new ArgumentOutOfRangeException(nameof(format), "A message cannot be null or empty");
        }

        Kind = kind;
        Sensitivity = sensitivity;
        _format = format;
        _arguments = arguments;
    }

    public string Message
        => _arguments == null || _arguments.Length == 0 ? _format : string.Format(CultureInfo.InvariantCulture, _format, _arguments);
}
