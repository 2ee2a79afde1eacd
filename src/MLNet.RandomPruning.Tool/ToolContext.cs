using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.RandomPruning.Tool;

/// <summary>Makes the <see cref="MLContext"/> of a command, whose log goes to standard error.</summary>
internal static class ToolContext
{
    /// <summary>Makes a context that passes warnings on, and what the trainer says of its progress.</summary>
    /// <param name="warning">Told each warning.</param>
    /// <param name="information">Told what this library's components report; null for no interest.</param>
    public static MLContext Create(Action<string> warning, Action<string>? information = null)
    {
        var mlContext = new MLContext();
        mlContext.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
            {
                warning(message.RawMessage);
            }
            else if (message.Kind == ChannelMessageKind.Info && message.Source.Contains(nameof(RandomPrunedResNetTrainer), StringComparison.Ordinal))
            {
                information?.Invoke(message.RawMessage);
            }
        };
        return mlContext;
    }
}
