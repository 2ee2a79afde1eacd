using Microsoft.ML;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Tool;

/// <summary>Masks in files.</summary>
internal static class MaskStore
{
    /// <summary>Reads a mask file.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no mask file, or is damaged.</exception>
    public static NetworkMask LoadMask(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"The mask file '{path}' is a folder; name a file.");
        }

        try
        {
            return NetworkMask.Load(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"There is no mask file '{path}'.", path);
        }
    }

    /// <summary>Reads the masks of a mask file or of a model, whichever it is.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is neither, or is damaged.</exception>
    public static NetworkMask Load(MLContext mlContext, string path)
    {
        try
        {
            return LoadMask(path);
        }
        catch (InvalidDataException notAMask)
        {
            try
            {
                return ModelStore.Load(mlContext, path).Model.Mask;
            }
            catch (InvalidDataException notAModel)
            {
                // Of a file of neither kind it is enough to say why it is no mask file; of a damaged model, what is wrong with it.
                throw ModelStore.IsArchive(path) ? notAModel : notAMask;
            }
        }
    }
}
