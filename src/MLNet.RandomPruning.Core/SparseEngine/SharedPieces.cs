using System.Runtime.ExceptionServices;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// One caller's batch that threads of the pool help with: pieces of it, numbered, that any of them may take. Allocates nothing when it
/// is used again.
/// </summary>
internal sealed unsafe class SharedPieces
{
    // As many as an item's number in PhasedWork has room for, and some.
    private const int MaximumItems = 1 << 15;

    private readonly PiecePredictor _predict;
    private readonly PhasedWork _work;
    private ImageBatch? _batch;
    private float* _logits;
    private int _pieces, _piecesPerItem;
    private CancellationToken _cancellationToken;
    private ExceptionDispatchInfo? _failure;

    /// <param name="predict">Predicts a piece.</param>
    public SharedPieces(PiecePredictor predict)
    {
        _predict = predict;
        _work = new PhasedWork(1, (_, item) => RunItem(item));
    }

    /// <summary>Predicts a piece of a batch.</summary>
    public delegate void PiecePredictor(ImageBatch batch, int piece, float* logits);

    /// <summary>Predicts all pieces of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="pieces">How many pieces it has, at least one.</param>
    /// <param name="logits">Handed on.</param>
    /// <param name="threads">How many threads may work on it, the caller's counted in.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public void Run(ImageBatch batch, int pieces, float* logits, int threads, CancellationToken cancellationToken)
    {
        _piecesPerItem = (pieces + MaximumItems - 1) / MaximumItems;
        int items = (pieces + _piecesPerItem - 1) / _piecesPerItem;
        _logits = logits;
        (_batch, _pieces, _cancellationToken, _failure) = (batch, pieces, cancellationToken, null);
        _work.Items[0] = items;
        _work.Run(Math.Min(threads, items) - 1);
        var failure = _failure;
        _logits = null;
        (_batch, _cancellationToken, _failure) = (null, default, null);
        failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void RunItem(int item)
    {
        int last = (int)Math.Min(_pieces, (item + 1L) * _piecesPerItem);
        try
        {
            for (int piece = item * _piecesPerItem; piece < last && _failure is null && !_cancellationToken.IsCancellationRequested; piece++)
            {
                _predict(_batch!, piece, _logits);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }
}
