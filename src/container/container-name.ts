import { randomInt } from 'node:crypto';
import { ContainerError } from './container-error.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const MOODS =
  'able bold brave bright calm clear clever deft eager fair fine fleet frank fresh glad grand keen kind light lively merry mild neat nimble noble patient plain prime proud quick quiet ready sharp smart sober solid spry stable steady stout subtle sunny swift tidy trusty vivid warm wise witty zesty'.split(
    ' ',
  );
const THINGS =
  'anchor anvil arch badger barge beacon birch bollard bridge brook buoy cargo cedar compass crane delta dock dune falcon ferry fjord galley gantry harbor heron hoist hull jetty kestrel ketch keel lagoon lantern ledge lock marlin mast meadow mooring oak otter pallet pier pilot pulley quay rigging rudder schooner sextant skiff sloop spar tide tiller tug wharf willow winch'.split(
    ' ',
  );

/** Checks a name as Docker does. */
export function checkName(name: string, what = 'container'): string {
  if (!NAME.test(name) || name.length > 128) {
    throw new ContainerError(
      'invalid-name',
      `invalid ${what} name "${name.slice(0, 200)}": expected two or more letters, digits, "_", "." or "-", starting with a letter or digit`,
    );
  }
  return name;
}

/** A name for a container that got none: `calm_harbor`; later attempts add a number. */
export function randomName(attempt: number): string {
  const name = `${MOODS[randomInt(MOODS.length)]}_${THINGS[randomInt(THINGS.length)]}`;
  return attempt < 2 ? name : `${name}${randomInt(10 ** Math.min(attempt, 6))}`;
}
