namespace MLNet.RandomPruning.Columns;

/// <summary>How the values of a feature column are read as pixels. Saved with the model.</summary>
/// <param name="Minimum">The feature value of black, for features of type Single.</param>
/// <param name="Maximum">The feature value of full brightness, for features of type Single.</param>
/// <param name="Interleaved">Whether a vector runs [row][column][channel] instead of [channel][row][column].</param>
internal sealed record PixelOptions(float Minimum, float Maximum, bool Interleaved)
{
    public void Validate()
    {
        if (!float.IsFinite(Minimum) || !float.IsFinite(Maximum) || !(Maximum > Minimum))
        {
            throw new ArgumentException(
                $"PixelMinimum is {Minimum} and PixelMaximum {Maximum}, but both must be finite and the latter above the former.");
        }
    }
}
