/**
 * Strategy `move`, OpenNF's loss-free and order-preserving move (SIGCOMM 2014): from its beginning on
 * packets go to the controller, which keeps them in their order. srcInst stands still while its state
 * moves; then destInst gets the packets that waited, the switch is told to send it the next ones
 * straight, and those wait until the last one by way of the controller is through.
 */
import { streamStrategy } from './statelet.js';

export const moveStrategy = streamStrategy('move', { byController: true });
